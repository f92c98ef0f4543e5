import {
  type Compiled,
  type Device,
  type Engine,
  type Experiment,
  evaluationStep,
  type Input,
  initialize,
  type Metrics,
  namedWeights,
  type Progress,
  restoreVariables,
  softmaxCrossEntropy,
  type Split,
  storedTensors,
  type TrainedWeight,
  trainedWeights,
  TrainStep,
  withAverages,
} from '@paperlab/core';
import {
  dispose,
  type Scalar,
  tensor,
  type Tensor,
  type Tensor1D,
  type Variable,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { join } from 'node:path';
import type { StoredTensors } from './checkpoint/checkpoint.js';
import { PerSize } from './per-size.js';

/** The datasets of a run, opened. */
export interface Splits {
  readonly train: Split;
  readonly valid: Split;
}

/** What one optimizer step did: sums over its batches. */
export interface StepResult {
  /** Examples in the step. */
  readonly size: number;
  /** Batches in the step. */
  readonly batches: number;
  readonly loss: number;
  readonly correct: number;
  readonly learningRate: number;
  /** L2 norms of all gradients, before clipping, and of all trained weights, before the update; if they are wanted. */
  readonly norms?: { readonly gradient: number; readonly weight: number };
}

/** Sums over some examples, on the way to means over an epoch. */
export class RunningMetrics {
  examples = 0;
  loss = 0;
  correct = 0;

  add({ loss, correct, size }: Pick<StepResult, 'loss' | 'correct' | 'size'>): void {
    this.loss += loss;
    this.correct += correct;
    this.examples += size;
  }

  get means(): Metrics {
    return { loss: this.loss / this.examples, top1: this.correct / this.examples };
  }
}

/** Milliseconds that one call of the engine should last: longer ones waste less, shorter ones can be interrupted. */
const CALL_MS = 25;
/** Calls of one step each that are timed before several go into one. */
const TIMED_CALLS = 8;

type Step = Compiled<[numbers: Tensor1D, batchNumber: Scalar], Tensor1D>;

/** A model with everything that a step needs, compiled by an engine: what the loop of `train` drives. */
export class Training {
  readonly model: LayersModel;
  /** Batches of the train split. */
  readonly input: Input;
  readonly #experiment: Experiment;
  readonly #validInput: Input;
  readonly #weights: readonly TrainedWeight[];
  readonly #trainStep: TrainStep;
  // One compiled function per batch size: the last batch of an epoch may be smaller.
  readonly #apply: PerSize<Step>;
  readonly #accumulate: PerSize<Compiled<[batchNumber: Scalar], Tensor1D>>;
  readonly #evaluate: PerSize<Compiled<[], Tensor1D>>;
  /** Durations of the first calls in milliseconds, until `#stepsPerCall` is settled. */
  readonly #timed: number[] = [];
  #stepsPerCall = 1;

  private constructor(
    experiment: Experiment,
    engine: Engine,
    input: Input,
    validInput: Input,
    device: Device,
  ) {
    const { model, optimizer, seed, averaging, norms, gradientAccumulationSteps } = experiment;
    const network = initialize(seed, () => model.build());
    const weights = trainedWeights(network, optimizer, {
      rules: experiment.weights,
      average: averaging !== undefined,
      accumulate: gradientAccumulationSteps > 1,
    });
    const loss = model.loss ?? softmaxCrossEntropy;
    const step = new TrainStep({
      model: network,
      loss,
      optimizer,
      weights,
      seed,
      clipping: experiment,
      averaging,
      norms,
    });
    this.#experiment = experiment;
    this.input = input;
    this.#validInput = validInput;
    this.model = network;
    this.#weights = weights;
    this.#trainStep = step;
    this.#apply = new PerSize((size) =>
      engine.compile(
        function train(numbers: Tensor1D, batchNumber: Scalar) {
          return step.apply(input.next(size), numbers, batchNumber);
        },
        { device },
      ),
    );
    this.#accumulate = new PerSize((size) =>
      engine.compile(
        function accumulate(batchNumber: Scalar) {
          return step.accumulate(input.next(size), batchNumber);
        },
        { device },
      ),
    );
    this.#evaluate = new PerSize((size) =>
      engine.compile(
        function evaluate() {
          return evaluationStep(network, loss, validInput.next(size));
        },
        { device },
      ),
    );
  }

  /** Builds the model and the input of an experiment on an engine. */
  static async prepare(experiment: Experiment, engine: Engine, { train, valid }: Splits): Promise<Training> {
    const { batchSize, seed, placement, dataset } = experiment;
    if (batchSize > train.size) {
      throw new Error(
        `batchSize ${batchSize} is larger than the ${train.size} images of ${dataset.name}'s train split; lower it`,
      );
    }
    const [device] = placement.devices(await engine.devices());
    const input = await engine.input(train, { batchSize, shuffle: { seed } });
    const validInput = await engine.input(valid, { batchSize: Math.min(batchSize, valid.size) });
    return new Training(experiment, engine, input, validInput, device!);
  }

  /** Optimizer steps in an epoch. */
  get stepsPerEpoch(): number {
    return Math.ceil(this.input.batches / this.#experiment.gradientAccumulationSteps);
  }

  /**
   * Runs the optimizer steps from batch `batch` of the epoch on, the one that the input gives next: one step, or
   * several in one call where they are short. Returns what each did.
   */
  async steps(batch: number, progress: Progress): Promise<StepResult[]> {
    const { gradientAccumulationSteps } = this.#experiment;
    if (gradientAccumulationSteps > 1) return [await this.#accumulatedStep(batch, progress)];
    const size = this.input.sizeOf(batch);
    const left = this.input.batches - batch;
    // Every batch but the epoch's last is full, and only full ones go into one call.
    const together =
      left > this.#stepsPerCall && size === this.#experiment.batchSize ? this.#stepsPerCall : 1;
    const progresses = Array.from({ length: together }, (_, i) => ({ ...progress, step: progress.step + i }));
    const numbers = progresses.map((at) => this.#trainStep.numbers(at));
    const batchNumbers = numbers.map((_, i) => this.#batchNumber(batch + i, progress));
    const start = performance.now();
    const compiled = this.#apply.of(size);
    const sums =
      together === 1
        ? await take(numbers[0]!, batchNumbers[0]!, (vector, number) => compiled.run(vector, number))
        : await take(numbers, batchNumbers, (matrix, counts) => compiled.repeat(together, matrix, counts));
    this.#settle(performance.now() - start);
    const each = sums.length / together;
    return progresses.map((at, i) => this.#result(sums.subarray(i * each, (i + 1) * each), at, size));
  }

  /** One optimizer step on several batches. */
  async #accumulatedStep(batch: number, progress: Progress): Promise<StepResult> {
    const batches = Math.min(this.#experiment.gradientAccumulationSteps, this.input.batches - batch);
    const sizes = Array.from({ length: batches }, (_, i) => this.input.sizeOf(batch + i));
    const examples = sizes.reduce((sum, size) => sum + size);
    const before = [0, 0] as [loss: number, correct: number];
    for (const [i, size] of sizes.slice(0, -1).entries()) {
      const compiled = this.#accumulate.of(size);
      const number = this.#batchNumber(batch + i, progress);
      const sums = await take([], number, (_, count) => compiled.run(count));
      before[0] += sums[0]!;
      before[1] += sums[1]!;
    }
    const compiled = this.#apply.of(sizes.at(-1)!);
    const numbers = this.#trainStep.numbers(progress, examples);
    const number = this.#batchNumber(batch + batches - 1, progress);
    const sums = await take(numbers, number, (vector, count) => compiled.run(vector, count));
    sums[0]! += before[0];
    sums[1]! += before[1];
    return { ...this.#result(sums, progress, examples), batches };
  }

  #batchNumber(batch: number, { epoch }: Progress): number {
    return epoch * this.input.batches + batch;
  }

  #result([loss, correct, gradient, weight]: Float32Array, progress: Progress, size: number): StepResult {
    const { learningRate } = this.#experiment.optimizer.hyperparameters(progress);
    const norms = gradient === undefined ? {} : { norms: { gradient, weight: weight! } };
    return { size, batches: 1, loss: loss!, correct: correct!, learningRate, ...norms };
  }

  /** Decides, after the first calls, how many steps go into one. The first calls trace and warm up. */
  #settle(milliseconds: number): void {
    if (this.#timed.length === TIMED_CALLS) return;
    this.#timed.push(milliseconds);
    if (this.#timed.length < TIMED_CALLS) return;
    const step = Math.min(...this.#timed);
    this.#stepsPerCall = Math.max(1, Math.min(16, Math.floor(CALL_MS / step)));
  }

  /** Loss and accuracy over the whole valid split, with the averaged weights where there are any. */
  async evaluate(signal?: AbortSignal): Promise<Metrics> {
    const metrics = new RunningMetrics();
    await this.#validInput.seek(0);
    await withAverages(this.#weights, async () => {
      for (let batch = 0; batch < this.#validInput.batches; batch++) {
        signal?.throwIfAborted();
        const size = this.#validInput.sizeOf(batch);
        const sums = await this.#evaluate.of(size).run();
        const [loss, correct] = sums.dataSync();
        sums.dispose();
        metrics.add({ loss: loss!, correct: correct!, size });
      }
    });
    return metrics.means;
  }

  /** Copies of everything that steps change: the weights, the optimizer's slots, the averages. */
  async storedTensors(): Promise<Record<string, StoredTensors>> {
    const entries = Object.entries(this.#variables()).map(
      async ([file, variables]) => [file, await storedTensors(variables)] as const,
    );
    return Object.fromEntries(await Promise.all(entries));
  }

  /**
   * Puts everything back that steps change.
   * @param path of the checkpoint, for messages
   * @throws if anything is missing or does not fit
   */
  restore(tensors: Readonly<Record<string, StoredTensors>>, path: string): void {
    for (const [file, variables] of Object.entries(this.#variables()))
      restoreVariables(variables, tensors[file] ?? new Map(), join(path, `${file}.safetensors`));
  }

  #variables(): Record<string, Map<string, Variable>> {
    const slots = this.#weights.flatMap(({ name, slots }) =>
      Object.entries(slots).map(([slot, value]) => [`${name}/${slot}`, value] as const),
    );
    const averages = this.#weights.flatMap(({ name, average }) =>
      average ? [[name, average] as const] : [],
    );
    return {
      weights: namedWeights(this.model),
      optimizer: new Map(slots),
      ...(averages.length > 0 && { averages: new Map(averages) }),
    };
  }

  dispose(): void {
    for (const compiled of [this.#apply, this.#accumulate, this.#evaluate]) compiled.dispose();
    this.input.dispose();
    this.#validInput.dispose();
    for (const { slots, average, accumulated } of this.#weights) {
      dispose(slots as Record<string, Tensor>);
      average?.dispose();
      accumulated?.dispose();
    }
    // Not model.dispose(): a Sequential counts its layers twice and would keep their weights.
    dispose(this.model.weights.map((weight) => weight.read()));
  }
}

/** Feeds a compiled step and reads what it gives. */
async function take(
  numbers: number[] | number[][],
  batchNumbers: number | number[],
  run: (numbers: Tensor1D, batchNumbers: Scalar) => Promise<Tensor1D>,
): Promise<Float32Array> {
  const inputs = [tensor(numbers, undefined, 'float32'), tensor(batchNumbers, undefined, 'int32')] as const;
  try {
    const sums = await run(inputs[0] as Tensor1D, inputs[1] as Scalar);
    const values = sums.dataSync() as Float32Array;
    sums.dispose();
    return values;
  } finally {
    dispose([...inputs]);
  }
}
