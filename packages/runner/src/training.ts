import {
  type Compiled,
  type Device,
  type Engine,
  type Experiment,
  evaluationStep,
  type Input,
  type Loss,
  type Metrics,
  type Progress,
  replicatedEvaluation,
  ReplicatedStep,
  type Replicas,
  ReplicaSet,
  softmaxCrossEntropy,
  type Split,
  TrainStep,
  withAverages,
} from '@paperlab/core';
import { dispose, tensor1d, type Tensor1D } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type Beginning, checkAgreement } from './cluster.js';
import type { StoredTensors } from './checkpoint/checkpoint.js';
import { CompiledSteps, type Sums } from './compiled-steps.js';
import { Curvature } from './curvature.js';
import { type DrawnBatch, drawnImages } from './data/batches.js';
import type { RunLimits } from './limits.js';
import { PerSize } from './per-size.js';
import type { RunEnd } from './run-end.js';
import { RunningMetrics, type StepResult } from './step-result.js';
import { StepsPerCall } from './steps-per-call.js';
import { TrainedNetwork } from './trained-network.js';

/** The datasets of a run, opened. */
export interface Splits {
  readonly train: Split;
  readonly valid: Split;
}

/** The step of the epochs from `since` on. */
interface StepsSince {
  readonly since: number;
  /** Of the first network. */
  readonly first: TrainStep;
  readonly step: Pick<TrainStep, 'numbers' | 'apply' | 'accumulate'>;
  readonly compiled: CompiledSteps;
}

/** A network, or replicas of it, with everything that a step needs, compiled by an engine: what the loop of `train` drives. */
export class Training {
  /** Batches of the train split in an epoch. */
  readonly batches: number;
  readonly #experiment: Experiment;
  readonly #engine: Engine;
  readonly #input: Input;
  readonly #validInput: Input;
  readonly #validBatches: number;
  readonly #curvature: Curvature | undefined;
  readonly #loss: Loss;
  readonly #end: RunEnd;
  /** The network, once for each replica of this process. */
  readonly #networks: readonly TrainedNetwork[];
  /** Absent where there is one, in one process. */
  readonly #replicas: ReplicaSet | undefined;
  readonly #evaluate: PerSize<Compiled<Tensor1D[], Tensor1D>>;
  readonly #perCall = new StepsPerCall();
  /** Up to the next epoch in which a weight thaws. */
  #steps: StepsSince | undefined;

  private constructor(
    experiment: Experiment,
    engine: Engine,
    replicas: Replicas,
    inputs: { readonly train: Input; readonly valid: Input },
    curvature: Curvature | undefined,
    limits: RunLimits,
    end: RunEnd,
  ) {
    const { model, precision, placement } = experiment;
    const loss = model.loss ?? softmaxCrossEntropy;
    this.#networks = replicas.devices.map((devices) => new TrainedNetwork(experiment, engine, devices));
    const models = this.#networks.map((network) => network.model);
    const set =
      replicas.devices.length > 1 || engine.worker
        ? new ReplicaSet({ engine, replicas, deviceOf: placement.deviceOf.bind(placement) })
        : undefined;
    this.#experiment = experiment;
    this.#engine = engine;
    this.#input = inputs.train;
    this.#validInput = inputs.valid;
    this.#curvature = curvature;
    this.batches = Math.min(inputs.train.batches, limits.trainBatches);
    this.#validBatches = Math.min(inputs.valid.batches, limits.validBatches);
    this.#loss = loss;
    this.#end = end;
    this.#replicas = set;
    this.#evaluate = new PerSize((size) =>
      engine.compile(
        function evaluate(...votes: Tensor1D[]) {
          const { waited: _, ...batch } = inputs.valid.next(size);
          return set
            ? replicatedEvaluation(models, loss, set, batch, votes[0])
            : evaluationStep(models[0]!, loss, batch);
        },
        { device: this.#first.devices[0]!, precision },
      ),
    );
    this.#evaluate.of(inputs.valid.sizeOf(0)); // an engine that does not compute so says it before the run begins
  }

  /** Builds the model and the input of an experiment on an engine. */
  static async prepare(
    experiment: Experiment,
    engine: Engine,
    { train, valid }: Splits,
    limits: RunLimits,
    end: RunEnd,
  ): Promise<Training> {
    const { batchSize, seed, placement, dataset, optimizer } = experiment;
    if (batchSize > train.size) {
      throw new Error(
        `batchSize ${batchSize} is larger than the ${train.size} images of ${dataset.name}'s train split; lower it`,
      );
    }
    const devices = placement.devices(await engine.devices());
    const shuffle = limits.overfits ? undefined : { seed };
    const { worker } = engine;
    const shard = worker && { index: worker.index, count: worker.names.length };
    const inputs = {
      train: await engine.input(train, { batchSize, shuffle, shard }),
      valid: await engine.input(valid, { batchSize: Math.min(batchSize, valid.size), shard }),
    };
    const replicas = placement.replicas?.(devices) ?? { devices: [devices], syncBatchNorm: false };
    if (optimizer.curvature && (worker || replicas.devices.length > 1))
      throw new Error(
        `${optimizer.name} measures curvature, on one device: use it in one process, with another placement than ${placement.name}`,
      );
    const curvature = await Curvature.of(experiment, engine, devices[0]!, train);
    return new Training(experiment, engine, replicas, inputs, curvature, limits, end);
  }

  /** Of images that are left out, what is wrong with them. */
  get skippedImages(): readonly string[] {
    return [this.#input, this.#validInput].flatMap(({ skipped = [] }) => skipped);
  }

  /** Of which the weights are. */
  get model(): LayersModel {
    return this.#first.model;
  }

  /** All others are as it is; it alone is stored. */
  get #first(): TrainedNetwork {
    return this.#networks[0]!;
  }

  /** Optimizer steps in an epoch. */
  get stepsPerEpoch(): number {
    return Math.ceil(this.batches / this.#experiment.gradientAccumulationSteps);
  }

  /** Makes batch `batch` of an epoch the next one. What the optimizer measures before an epoch is measured here. */
  async begin(epoch: number, batch: number, signal?: AbortSignal): Promise<void> {
    if (batch === 0) await this.#curvature?.measure(this.#stepsOf(epoch).first, epoch, signal);
    await this.#input.seek(epoch, batch);
  }

  /** Compares what all workers of a cluster begin with. @throws if one differs */
  async checkAgreement(beginning: Beginning): Promise<void> {
    await checkAgreement(this.#engine, this.#first.devices[0]!, beginning);
  }

  /** The numbers in the train split of the examples in some batches of an epoch. */
  async examplesOf(epoch: number, from: number, to: number): Promise<number[]> {
    const batches = Array.from({ length: to - from }, (_, i) => this.#input.examplesOf(epoch, from + i));
    return (await Promise.all(batches)).flat();
  }

  /**
   * Runs the optimizer steps from batch `batch` of the epoch on, the one that the input gives next: one step, or
   * several in one call where they are short. Returns what each did.
   * @param atMost steps, 1 or more
   */
  async steps(batch: number, progress: Progress, atMost = Infinity): Promise<StepResult[]> {
    const { gradientAccumulationSteps, batchSize } = this.#experiment;
    if (gradientAccumulationSteps > 1) return [await this.#accumulatedStep(batch, progress)];
    const { step, compiled } = this.#stepsOf(progress.epoch);
    const size = this.#input.sizeOf(batch);
    const left = Math.min(this.batches - batch, atMost);
    // Every batch but the epoch's last is full, and only full ones go into one call. Collectives are one step's.
    const most = this.#replicas ? 1 : this.#perCall.count;
    const count = left > most && size === batchSize ? most : 1;
    const progresses = Array.from({ length: count }, (_, i) => ({ ...progress, step: progress.step + i }));
    const numbers = progresses.map((at) => step.numbers(at));
    const batchNumbers = numbers.map((_, i) => this.#batchNumber(batch + i, progress));
    const start = performance.now();
    const results =
      count === 1
        ? [await compiled.apply(size, numbers[0]!, batchNumbers[0]!)]
        : await compiled.applyEach(size, numbers, batchNumbers);
    this.#perCall.add(performance.now() - start);
    return progresses.map((at, i) => this.#result(results[i]!, at, size));
  }

  /** One optimizer step on several batches. */
  async #accumulatedStep(batch: number, progress: Progress): Promise<StepResult> {
    const { step, compiled } = this.#stepsOf(progress.epoch);
    const batches = Math.min(this.#experiment.gradientAccumulationSteps, this.batches - batch);
    const sizes = Array.from({ length: batches }, (_, i) => this.#input.sizeOf(batch + i));
    const examples = sizes.reduce((sum, size) => sum + size);
    const before: Sums[] = [];
    for (const [i, size] of sizes.slice(0, -1).entries())
      before.push(await compiled.accumulate(size, this.#batchNumber(batch + i, progress)));
    const numbers = step.numbers(progress, examples);
    const number = this.#batchNumber(batch + batches - 1, progress);
    const last = await compiled.apply(sizes.at(-1)!, numbers, number);
    const result = this.#result(last, progress, examples);
    return before.reduce(
      (sum, { sums: [loss, correct], waited }) => ({
        ...sum,
        loss: sum.loss + loss!,
        correct: sum.correct + correct!,
        waited: sum.waited + waited,
      }),
      { ...result, batches },
    );
  }

  /** What is compiled for an epoch: anew where a weight thaws. */
  #stepsOf(epoch: number): StepsSince {
    const thawed = this.#first.weights.map(({ frozenEpochs }) => frozenEpochs).filter((at) => at <= epoch);
    const since = Math.max(0, ...thawed);
    if (this.#steps?.since === since) return this.#steps;
    this.#steps?.compiled.dispose();
    const { optimizer, seed, averaging, norms, onNonFinite, precision } = this.#experiment;
    const steps = this.#networks.map(
      ({ model, weights, lossScale }) =>
        new TrainStep({
          model,
          loss: this.#loss,
          optimizer,
          weights,
          seed,
          clipping: this.#experiment,
          averaging,
          norms,
          skipNonFinite: onNonFinite === 'skip',
          lossScale,
          epoch,
        }),
    );
    const [first] = steps as [TrainStep];
    const step = this.#replicas
      ? new ReplicatedStep({ steps, replicas: this.#replicas, votes: this.#end.votes })
      : first;
    const options = { device: this.#first.devices[0]!, precision };
    const compiled = new CompiledSteps(this.#engine, step, this.#input, options);
    return (this.#steps = { since, first, step, compiled });
  }

  #batchNumber(batch: number, { epoch }: Progress): number {
    return epoch * this.#input.batches + batch;
  }

  #result({ sums: given, waited }: Sums, progress: Progress, size: number): StepResult {
    const { optimizer, norms: wanted } = this.#experiment;
    const { learningRate } = optimizer.hyperparameters(progress);
    const sums = this.#withoutVotes(given);
    const [loss, correct, gradient, weight] = sums;
    return {
      size,
      batches: 1,
      loss: loss!,
      correct: correct!,
      learningRate,
      waited,
      skipped: this.#skips(loss!) && sums.at(-1) === 0,
      ...(wanted && { norms: { gradient: gradient!, weight: weight! } }),
    };
  }

  /** A batch's sums; the votes behind them are taken. */
  #withoutVotes(sums: Float32Array): Float32Array {
    const own = sums.length - this.#end.votes().length;
    this.#end.take(sums.subarray(own));
    return sums.subarray(0, own);
  }

  /** Whether a step with this loss may have changed nothing: an overflow of scaled gradients is no divergence. */
  #skips(loss: number): boolean {
    return (
      this.#experiment.onNonFinite === 'skip' ||
      (this.#first.lossScale !== undefined && Number.isFinite(loss))
    );
  }

  /** Loss and accuracy over the whole valid split, with the averaged weights where there are any. */
  async evaluate(): Promise<Metrics> {
    const metrics = new RunningMetrics();
    await this.#validInput.seek(0);
    const weights = this.#networks.flatMap((network) => network.weights);
    await withAverages(weights, async () => {
      for (let batch = 0; batch < this.#validBatches; batch++) {
        this.#end.throwIfInterrupted();
        const size = this.#validInput.sizeOf(batch);
        const [loss, correct] = this.#withoutVotes(await this.#sumsOfValid(size));
        metrics.add({ loss: loss!, correct: correct!, size });
      }
    });
    return metrics.means;
  }

  /** Validation sees at most so many images. */
  get validImages(): number {
    return this.#validBatches * this.#validInput.sizeOf(0);
  }

  /**
   * Runs `use` with the network as it is evaluated, the averages in the weights' place where there are any, and with the device on
   * which that is done.
   */
  async evaluated<Result>(use: (model: LayersModel, device: Device) => Promise<Result>): Promise<Result> {
    const { model, devices, weights } = this.#first;
    return withAverages(weights, () => use(model, devices[0]!));
  }

  /** The first images of a split's first epoch, at most `count`, as the network gets them. Between two epochs only. */
  async firstImages(split: keyof Splits, count: number): Promise<DrawnBatch> {
    return drawnImages(split === 'train' ? this.#input : this.#validInput, count);
  }

  /** Draws the next batch of the valid split. */
  async #sumsOfValid(size: number): Promise<Float32Array> {
    const votes = this.#end.votes();
    const given = votes.length > 0 ? [tensor1d([...votes], 'float32')] : [];
    const sums = await this.#evaluate.of(size).run(...given);
    const values = sums.dataSync() as Float32Array;
    dispose([sums, ...given]);
    return values;
  }

  /** Copies of everything that steps change: the weights, the optimizer's slots, the averages. */
  storedTensors(): Promise<Record<string, StoredTensors>> {
    return this.#first.storedTensors();
  }

  /**
   * Puts everything back that steps change.
   * @param path of the checkpoint, for messages
   * @throws if anything is missing or does not fit
   */
  restore(tensors: Readonly<Record<string, StoredTensors>>, path: string): void {
    for (const network of this.#networks) network.restore(tensors, path);
  }

  dispose(): void {
    this.#steps?.compiled.dispose();
    this.#evaluate.dispose();
    this.#input.dispose();
    this.#validInput.dispose();
    this.#curvature?.dispose();
    for (const network of this.#networks) network.dispose();
  }
}
