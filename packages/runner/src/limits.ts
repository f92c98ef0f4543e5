import { type Experiment, parseOptions, type Split, wholeNumber } from '@paperlab/core';
import { z } from 'zod';

/** Ends a run early, or makes its data small: for trying things, and for a budget. Names are Lightning's. */
export interface Limits {
  /**
   * Runs so many batches (`true`: one) of training and of validation, in one epoch; nothing is recorded and no
   * checkpoint is written. Shows within seconds whether everything fits together. Default `false`.
   */
  readonly fastDevRun?: boolean | number;
  /**
   * Trains on the first so many batches again and again, in their order, and validates on them too: a network and a loss
   * that can learn get them right. Random transforms still draw.
   */
  readonly overfitBatches?: number;
  /** An epoch has at most so many batches. */
  readonly limitTrainBatches?: number;
  /** A validation has at most so many batches. */
  readonly limitValidBatches?: number;
  /** Ends the run, as FINISHED, after so many optimizer steps in all; those before a resume count. */
  readonly maxSteps?: number;
  /** Ends the run, as FINISHED, after so many seconds of training; those before a resume do not count. */
  readonly maxTime?: number;
}

const count = wholeNumber(1).optional();
const schema = z.strictObject({
  fastDevRun: z
    .custom<boolean | number>(
      (value) => typeof value === 'boolean' || (Number.isInteger(value) && Number(value) >= 1),
      'true, false or a whole number, 1 or more',
    )
    .default(false),
  overfitBatches: count,
  limitTrainBatches: count,
  limitValidBatches: count,
  maxSteps: count,
  maxTime: z.number('a number of seconds above 0').gt(0, 'a number of seconds above 0').optional(),
});

/** The limits of one run, worked out. */
export class RunLimits {
  /** Whether the run is recorded and writes checkpoints. */
  readonly recorded: boolean;
  readonly epochs: number;
  readonly trainBatches: number;
  readonly validBatches: number;
  readonly #options: z.output<typeof schema>;
  readonly #maxSteps: number;
  #end = Infinity;

  /** @throws if a limit is wrong */
  constructor(limits: Limits, experiment: Experiment) {
    const options = parseOptions(schema, limits, 'the limits');
    const { fastDevRun, overfitBatches = Infinity, limitTrainBatches, limitValidBatches } = options;
    const fast = fastDevRun === false ? undefined : Number(fastDevRun);
    this.#options = options;
    this.recorded = fast === undefined;
    this.epochs = fast === undefined ? experiment.epochs : 1;
    this.trainBatches = Math.min(fast ?? limitTrainBatches ?? Infinity, overfitBatches);
    this.validBatches = Math.min(fast ?? limitValidBatches ?? Infinity, overfitBatches);
    this.#maxSteps = options.maxSteps ?? Infinity;
  }

  /** The run's time begins now. */
  start(): void {
    this.#end = performance.now() + 1000 * (this.#options.maxTime ?? Infinity);
  }

  /** Those that change what a step does: a run is resumed with the same ones. */
  get params(): Record<string, string> {
    const { overfitBatches, limitTrainBatches, limitValidBatches } = this.#options;
    const given = Object.entries({ overfitBatches, limitTrainBatches, limitValidBatches });
    return Object.fromEntries(
      given.flatMap(([name, value]) => (value === undefined ? [] : [[`limits.${name}`, String(value)]])),
    );
  }

  /** The splits that are used. */
  splits<Splits extends { readonly train: Split; readonly valid: Split }>(splits: Splits): Splits {
    return this.overfits ? { ...splits, valid: splits.train } : splits;
  }

  /** Whether the same few batches are used again and again. */
  get overfits(): boolean {
    return this.#options.overfitBatches !== undefined;
  }

  get timeIsOver(): boolean {
    return performance.now() >= this.#end;
  }

  /** Optimizer steps that may still be done, if there is time. */
  stepsLeft(done: number): number {
    return Math.max(0, this.#maxSteps - done);
  }
}
