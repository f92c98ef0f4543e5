import {
  add,
  argMax,
  cast,
  dispose,
  equal,
  greaterEqual,
  keep,
  mean,
  mul,
  type Scalar,
  stack,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  unstack,
  type Variable,
  variableGrads,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Batch } from '../engine.js';
import type { Loss } from '../model.js';
import type { Optimizer, Progress } from '../optimizer.js';
import { outputsOf } from '../outputs.js';
import { inFloat32 } from '../precision.js';
import { withStepRandomness } from '../random.js';
import { currentReplica, weightOf } from '../replica.js';
import { type Averaging, updateAverages } from './averaging.js';
import { clip, type Clipping, globalNorm } from './clipping.js';
import { measureCurvature } from './curvature.js';
import type { LossScale } from './loss-scale.js';
import { remembered } from './non-finite.js';
import type { TrainedWeight } from './trained-weight.js';
import { type Hyperparameters, updateWeight } from './update.js';

export interface TrainStepOptions {
  readonly model: LayersModel;
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  readonly weights: readonly TrainedWeight[];
  /** What layers draw in training is a function of it, the layer and the batch. */
  readonly seed: number;
  readonly clipping?: Clipping;
  /** How the weights' averages move, where they have one. */
  readonly averaging?: Averaging;
  /** Whether `BatchSums` has the norms of gradients and weights. Default false. */
  readonly norms?: boolean;
  /** Whether a step whose loss or gradient is not finite changes nothing. Default false. */
  readonly skipNonFinite?: boolean;
  /** Scales the loss; a step whose loss or gradient is not finite then changes nothing. Default: it is not scaled. */
  readonly lossScale?: LossScale;
  /** The epoch that it is for: weights that are frozen in it are left alone. Default: none is frozen. */
  readonly epoch?: number;
}

/**
 * Sums over a batch, which add up to means over an epoch: `[loss, correct]`, float32; a mixed image is correct by the label with
 * the larger share. With norms, the L2 norms over
 * all trained weights follow: of the gradients before clipping, and of the weights before the update. With
 * `skipNonFinite` or a `lossScale`, 1 follows if the step counts, and 0 if it changed nothing.
 */
export type BatchSums = Tensor1D;

/** What a step learns from a batch: sums of loss and of correct predictions, and the gradients of the weights that it moves. */
export interface Gathered {
  readonly sums: readonly [loss: Scalar, correct: Scalar];
  readonly gradients: readonly Tensor[];
}

/** What a layer keeps of the batches that it saw in training. */
export interface Statistic {
  /** `bn1/moving_mean` */
  readonly name: string;
  readonly size: number;
  readonly variable: Variable;
}

/** One optimizer step, written in tfjs ops: forward, loss, gradients, clipping, update, averages. An engine compiles it. */
export class TrainStep {
  readonly #options: TrainStepOptions;
  /** The weights that it moves. */
  readonly #weights: readonly TrainedWeight[];
  /** Weights with the same learning rate and age share hyperparameters: what tells the groups apart. */
  readonly #groups: readonly Group[];
  readonly #accumulates: boolean;
  readonly #skips: boolean;

  /** @throws if all weights are frozen */
  constructor(options: TrainStepOptions) {
    const { weights, epoch = Infinity, skipNonFinite = false, lossScale } = options;
    this.#options = options;
    this.#skips = skipNonFinite || lossScale !== undefined;
    this.#weights = weights.filter(({ frozenEpochs }) => frozenEpochs <= epoch);
    if (this.#weights.length === 0)
      throw new Error(`weights: all of ${options.model.name}'s are frozen in epoch ${epoch + 1}`);
    this.#groups = [...new Map(this.#weights.map((weight) => [groupOf(weight), weight])).values()];
    this.#accumulates = weights.some(({ accumulated }) => accumulated);
  }

  /**
   * The numbers that the host gives a step, for `apply`.
   * @param examples in all batches of the step; needed where several make up one
   */
  numbers(progress: Progress, examples = 1): number[] {
    const { optimizer, averaging } = this.#options;
    return [
      ...this.#groups.flatMap(({ multipliers, frozenEpochs }) => {
        const updates = progress.step - frozenEpochs * progress.stepsPerEpoch;
        return Object.values(optimizer.hyperparameters({ ...progress, updates }, multipliers.learningRate));
      }),
      ...(averaging ? [averaging.rate(progress)] : []),
      ...(this.#accumulates ? [1 / examples] : []),
    ];
  }

  /**
   * Runs the step on a batch, and on those that `accumulate` took before.
   * @param numbers `numbers(progress)`, float32 `[n]`
   * @param batchNumber counts the batches of the whole run, int32: draws in different ones have nothing in common
   */
  apply(batch: Batch, numbers: Tensor1D, batchNumber: Scalar): BatchSums {
    const phases = this.phases(batch, numbers, batchNumber);
    return phases.next(phases.next().value as Gathered).value as BatchSums;
  }

  /**
   * The same in two halves, between which what was gathered can be put together with what others gathered: it is yielded, and
   * taken back.
   */
  *phases(batch: Batch, numbers: Tensor1D, batchNumber: Scalar): Generator<Gathered, BatchSums, Gathered> {
    const { model, optimizer, weights, clipping = {}, averaging, norms, lossScale } = this.#options;
    const { hyperparametersOf, averagingRate, perExample } = this.#named(numbers);
    const undo = this.#skips && remembered([...statisticsOf(model), ...weights.flatMap(stateOf)]);
    const { sums, gradients: ofBatch } = this.#gradients(batch, batchNumber);
    const added = this.#weights.map(({ accumulated }, i) =>
      accumulated ? mul(add(accumulated, ofBatch[i]!), perExample!) : ofBatch[i]!,
    );
    for (const { accumulated } of this.#weights) accumulated?.assign(zerosLike(accumulated));
    const { gradients, sums: totals } = yield { sums, gradients: added };

    let norm: Scalar | undefined;
    const gradientNorm = () => (norm ??= globalNorm(gradients));
    const clipped = clip(gradients, clipping, gradientNorm);
    const measured = norms ? [gradientNorm(), globalNorm(this.#weights.map(({ weight }) => weight))] : [];
    this.#weights.forEach((trained, i) =>
      updateWeight(optimizer, trained, clipped[i]!, hyperparametersOf(trained)),
    );
    if (averaging) updateAverages(weights, averagingRate!);
    if (undo) {
      const finite = undo.unlessFinite(add(totals[0], gradientNorm()));
      lossScale?.update(finite);
      measured.push(finite);
    }
    return stacked([...totals, ...measured], sums);
  }

  /** Keeps the gradients of a batch for the step that a later one completes. */
  accumulate(batch: Batch, batchNumber: Scalar): BatchSums {
    const undo = this.#skips && remembered(statisticsOf(this.#options.model));
    const { sums, gradients } = this.#gradients(batch, batchNumber);
    this.#weights.forEach(({ accumulated }, i) => accumulated!.assign(add(accumulated!, gradients[i]!)));
    if (undo) undo.unlessFinite(sums[0]);
    return stacked(sums, sums);
  }

  /**
   * Takes one example into the curvature that the optimizer steps by: the slot that `Optimizer.curvature` names becomes
   * the mean, over the examples of a measurement, of squared gradients at labels that the model draws. Before each
   * epoch it is run on `curvature.examples` of them, batches of one.
   * @param drawNumber counts the examples of the run's measurements, int32: each draws a label of its own
   * @param measured   examples of this measurement before it, float32; 0 begins a new one
   * @returns the label, int32 `[1]`
   * @throws if the optimizer has no curvature, or the batch more than one example
   */
  measureCurvature({ images }: Batch, drawNumber: Scalar, measured: Scalar): Tensor1D {
    const { name, curvature } = this.#options.optimizer;
    if (!curvature) throw new Error(`${name} takes no curvature: there is nothing to measure`);
    const options = { ...this.#options, weights: this.#weights, slot: curvature.slot };
    return measureCurvature(options, images, drawNumber, measured);
  }

  /** Those that it moves. */
  get weights(): readonly TrainedWeight[] {
    return this.#weights;
  }

  /** The running means and variances of batch normalisation. */
  get statistics(): readonly Statistic[] {
    return this.#options.model.layers
      .filter((layer) => layer.getClassName() === 'BatchNormalization')
      .flatMap((layer) => layer.nonTrainableWeights)
      .map((weight) => {
        const variable = weight.read() as Variable;
        return { name: weight.originalName, size: variable.size, variable };
      });
  }

  /** Gradients of the mean loss; where several batches make up a step, of the sum. */
  #gradients(batch: Batch, batchNumber: Scalar) {
    const { model, loss, seed, lossScale } = this.#options;
    const weights = this.#weights;
    let sums!: readonly [Scalar, Scalar];
    const { grads } = variableGrads(
      () => {
        const outputs = withStepRandomness(seed, batchNumber, () => outputsOf(model, batch.images, true));
        const losses = trainingLosses(loss, outputs, batch);
        sums = batchSums(losses, outputs[0]!, mainLabels(batch));
        sums.forEach(keep);
        const total = this.#total(losses);
        return lossScale?.scaled(total) ?? total;
      },
      weights.map(({ weight }) => weight),
    );
    // What is done with them adds up: scaling back, clipping, moments, small changes of weights.
    const gradients = weights.map(({ weight }) => inFloat32(grads[weight.name]!));
    return { sums, gradients: lossScale?.unscaled(gradients) ?? gradients };
  }

  /** What gradients are taken of: a replica's adds up with the others' to that of the whole batch. */
  #total(losses: Tensor): Scalar {
    const replica = currentReplica();
    const total = (this.#accumulates ? sum(losses) : mean(losses)) as Scalar;
    if (!replica) return total;
    return mul(total, this.#accumulates ? weightOf(replica) : replica.share);
  }

  /** Takes the vector of `numbers` apart. */
  #named(numbers: Tensor1D) {
    const { optimizer, averaging } = this.#options;
    const values = unstack(numbers) as Scalar[];
    const names = Object.keys(optimizer.hyperparameters(START));
    const groups = this.#groups.map((group): [string, Hyperparameters] => [
      groupOf(group),
      Object.fromEntries(names.map((name) => [name, values.shift()!])),
    ]);
    const hyperparameters = new Map(groups);
    return {
      hyperparametersOf: (weight: TrainedWeight) => hyperparameters.get(groupOf(weight))!,
      averagingRate: averaging && values.shift(),
      perExample: this.#accumulates ? values.shift() : undefined,
    };
  }
}

/** What tells weights with different hyperparameters apart. */
type Group = Pick<TrainedWeight, 'multipliers' | 'frozenEpochs'>;
const groupOf = ({ multipliers, frozenEpochs }: Group) => `${multipliers.learningRate} ${frozenEpochs}`;

/** What the forward pass of training changes: running means and variances. */
const statisticsOf = (model: LayersModel) =>
  model.nonTrainableWeights.map((weight) => weight.read() as Variable);

/** What a step changes of a weight, but for the sum of gradients, which begins anew in any case. */
const stateOf = ({ weight, slots, average }: TrainedWeight) => [
  weight,
  ...Object.values(slots),
  ...(average ? [average] : []),
];

/** An optimizer's hyperparameters have the same names at every step. */
const START: Progress = { step: 0, epoch: 0, stepsPerEpoch: 1, epochs: 1, history: [] };

/** Loss and correct predictions on a batch, with the model as at test time. */
export function evaluationStep(model: LayersModel, loss: Loss, { images, labels, mix }: Batch): BatchSums {
  if (mix) throw new Error('Mixed images cannot be evaluated: leave mixup and cutmix to the train split');
  const outputs = outputsOf(model, images, false);
  return stack([...batchSums(loss(outputs, labels, false), outputs[0]!, labels)]) as BatchSums;
}

/** Puts values into one vector, and lets go of sums that were kept for it. */
function stacked(values: readonly Scalar[], kept: readonly Scalar[]): BatchSums {
  const vector = stack([...values]) as BatchSums;
  dispose([...kept]);
  return vector;
}

/** Loss of each example; of a mixed one, of both labels, each by its share. */
function trainingLosses(loss: Loss, outputs: readonly Tensor[], { labels, mix }: Batch): Tensor {
  const losses = loss(outputs, labels, true);
  if (!mix) return losses;
  return add(mul(mix.share, losses), mul(sub(1, mix.share), loss(outputs, mix.labels, true)));
}

/** The label of which more is in the image: what torchvision's training program compares predictions with. */
const mainLabels = ({ labels, mix }: Batch): Tensor =>
  mix ? where(greaterEqual(mix.share, 0.5), labels, mix.labels) : labels;

function batchSums(losses: Tensor, logits: Tensor, labels: Tensor): readonly [loss: Scalar, correct: Scalar] {
  const correct = cast(equal(argMax(logits, -1), labels), 'float32');
  return [sum(losses) as Scalar, sum(correct) as Scalar];
}
