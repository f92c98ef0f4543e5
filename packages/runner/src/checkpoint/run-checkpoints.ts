import type { Callback, Engine, EpochResult, RunDescription, TrackedRun } from '@paperlab/core';
import { cpus } from 'node:os';
import type { Composition } from '../composition.js';
import { RunningMetrics } from '../step-result.js';
import { changedParams } from './changed-params.js';
import type { Training } from '../training.js';
import { type Checkpoint, CheckpointFolder, type CheckpointState } from './checkpoint.js';
import { inputOf } from './checkpoint-input.js';

/** Where a run stands: what `train` counts. */
export interface Position {
  step: number;
  epoch: number;
  /** The next batch of the epoch. */
  batch: number;
  /** Over the epoch so far. */
  metrics: RunningMetrics;
  readonly history: EpochResult[];
}

export const beginning = (): Position => ({
  step: 0,
  epoch: 0,
  batch: 0,
  metrics: new RunningMetrics(),
  history: [],
});

interface Parts {
  readonly folder: string;
  readonly description: RunDescription;
  /** Where the experiment comes from. */
  readonly source: Composition | undefined;
  readonly engine: Engine;
  readonly training: Training;
  readonly callbacks: readonly Callback[];
  readonly report?: (line: string) => void;
}

/** Writes a run's checkpoints beside its training, and puts a run back to where one was written. */
export class RunCheckpoints {
  readonly #parts: Parts;
  readonly #folder: CheckpointFolder;
  readonly #trackers = new Map<string, TrackedRun>();
  #writing: Promise<void> = Promise.resolve();
  #newest: string | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#folder = new CheckpointFolder(parts.folder);
  }

  /**
   * Puts training back to the newest checkpoint that is whole.
   * @returns where it stands, and the ids of the trackers' records; nothing if there is no checkpoint
   * @throws if it is of another experiment, naming what differs
   */
  async resume(): Promise<{ position: Position; trackers: Readonly<Record<string, string>> } | undefined> {
    const { training, callbacks, report = () => undefined, engine } = this.#parts;
    const found = await this.#folder.latest(report);
    if (!found) return undefined;
    const { state, tensors } = found.checkpoint;
    this.#checkExperiment(state, found.path);
    const { placement } = this.#parts.description.params;
    const [before, now] = [
      [state.engine, state.cpu, state.params['placement']],
      [engine.name, cpu(), placement],
    ].map((where) => where.join(', '));
    if (before !== now) report(`${found.path} was written on ${before}: from here on, bits may differ`);
    training.restore(tensors, found.path);
    callbacks.forEach((callback, i) => callback.restore?.(state.callbacks[i]));
    const { step, epoch, batch, history } = state;
    const metrics = Object.assign(new RunningMetrics(), state.metrics);
    report(`going on from ${found.path}`);
    return { position: { step, epoch, batch, metrics, history }, trackers: state.trackers };
  }

  /** Names the record that belongs to the run from here on. */
  track(tracker: string, run: TrackedRun): void {
    this.#trackers.set(tracker, run);
  }

  /**
   * Copies the state of the run and writes it while training goes on, when the one before is written. Where that fails
   * (the disk is full), it is reported, training goes on, and the checkpoint before stays.
   */
  async save({ step, epoch, batch, metrics, history }: Position): Promise<void> {
    await this.#writing;
    const { description, source, engine, training, callbacks, report } = this.#parts;
    const { examples, loss, correct, skipped } = metrics;
    const runs = [...this.#trackers];
    const checkpoint: Checkpoint = {
      state: {
        step,
        epoch,
        batch,
        metrics: { examples, loss, correct, skipped },
        history: [...history],
        name: description.experiment.name,
        params: { ...description.params },
        source: source ?? null,
        input: inputOf(description),
        engine: engine.name,
        cpu: cpu(),
        trackers: Object.fromEntries(runs.map(([name, { id }]) => [name, id])),
        callbacks: callbacks.map((callback) => callback.save?.() ?? null),
      },
      tensors: await training.storedTensors(),
      model: JSON.stringify(training.model.toJSON(null, false)),
    };
    const keptSteps = callbacks.flatMap((callback) => callback.keptSteps?.() ?? []);
    const write = async () => {
      // What was recorded up to here must not be lost if the run goes on from here.
      await Promise.all(runs.map(([, run]) => run.flush()));
      this.#newest = await this.#folder.save(checkpoint, keptSteps);
    };
    this.#writing = write().catch((error: Error) =>
      report?.(`${error.message}; the checkpoint before it stays`),
    );
  }

  /** The directory of the last checkpoint that this process has written. */
  get newest(): string | undefined {
    return this.#newest;
  }

  /** Waits until the last checkpoint is on the disk. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  #checkExperiment(state: CheckpointState, path: string): void {
    const changes = changedParams(state.params, this.#parts.description.params);
    if (changes.length === 0) return;
    throw new Error(
      `${path} is of another experiment: ${changes.join('; ')}. Change it back, or start a new run.`,
    );
  }
}

const cpu = () => cpus()[0]?.model ?? 'unknown';
