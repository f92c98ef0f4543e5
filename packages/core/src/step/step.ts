import {
  add,
  argMax,
  cast,
  dispose,
  equal,
  keep,
  mean,
  mul,
  type Scalar,
  stack,
  sum,
  type Tensor,
  type Tensor1D,
  unstack,
  variableGrads,
  zerosLike,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Batch } from '../engine.js';
import type { Loss } from '../model.js';
import type { Optimizer, Progress } from '../optimizer.js';
import { withStepRandomness } from '../random.js';
import { type Averaging, updateAverages } from './averaging.js';
import { clip, type Clipping, globalNorm } from './clipping.js';
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
}

/**
 * Sums over a batch, which add up to means over an epoch: `[loss, correct]`, float32 `[2]`; with norms `[4]`: the
 * L2 norms, over all trained weights, of the gradients before clipping and of the weights before the update.
 */
export type BatchSums = Tensor1D;

/** One optimizer step, written in tfjs ops: forward, loss, gradients, clipping, update, averages. An engine compiles it. */
export class TrainStep {
  readonly #options: TrainStepOptions;
  /** Each multiplier of the learning rate that some weight has: weights with the same one share hyperparameters. */
  readonly #multipliers: readonly number[];
  readonly #accumulates: boolean;

  constructor(options: TrainStepOptions) {
    this.#options = options;
    this.#multipliers = [...new Set(options.weights.map(({ multipliers }) => multipliers.learningRate))];
    this.#accumulates = options.weights.some(({ accumulated }) => accumulated);
  }

  /**
   * The numbers that the host gives a step, for `apply`.
   * @param examples in all batches of the step; needed where several make up one
   */
  numbers(progress: Progress, examples = 1): number[] {
    const { optimizer, averaging } = this.#options;
    return [
      ...this.#multipliers.flatMap((scale) => Object.values(optimizer.hyperparameters(progress, scale))),
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
    const { optimizer, weights, clipping = {}, averaging, norms = false } = this.#options;
    const { hyperparametersOf, averagingRate, perExample } = this.#named(numbers);
    const { sums, gradients: ofBatch } = this.#gradients(batch, batchNumber);
    const gradients = weights.map(({ accumulated }, i) =>
      accumulated ? mul(add(accumulated, ofBatch[i]!), perExample!) : ofBatch[i]!,
    );
    for (const { accumulated } of weights) accumulated?.assign(zerosLike(accumulated));

    let norm: Scalar | undefined;
    const gradientNorm = () => (norm ??= globalNorm(gradients));
    const clipped = clip(gradients, clipping, gradientNorm);
    const measured = norms ? [gradientNorm(), globalNorm(weights.map(({ weight }) => weight))] : [];
    weights.forEach((trained, i) =>
      updateWeight(optimizer, trained, clipped[i]!, hyperparametersOf(trained.multipliers.learningRate)),
    );
    if (averaging) updateAverages(weights, averagingRate!);
    return stacked(sums, measured);
  }

  /** Keeps the gradients of a batch for the step that a later one completes. */
  accumulate(batch: Batch, batchNumber: Scalar): BatchSums {
    const { sums, gradients } = this.#gradients(batch, batchNumber);
    this.#options.weights.forEach(({ accumulated }, i) =>
      accumulated!.assign(add(accumulated!, gradients[i]!)),
    );
    return stacked(sums);
  }

  /** Gradients of the mean loss; where several batches make up a step, of the sum. */
  #gradients({ images, labels }: Batch, batchNumber: Scalar) {
    const { model, loss, weights, seed } = this.#options;
    let sums!: readonly [Scalar, Scalar];
    const { grads } = variableGrads(
      () => {
        const outputs = withStepRandomness(seed, batchNumber, () => model.apply(images, { training: true }));
        const losses = loss([outputs].flat() as Tensor[], labels);
        sums = batchSums(losses, [outputs].flat()[0] as Tensor, labels);
        sums.forEach(keep);
        return (this.#accumulates ? sum(losses) : mean(losses)) as Scalar;
      },
      weights.map(({ weight }) => weight),
    );
    return { sums, gradients: weights.map(({ weight }) => grads[weight.name]!) };
  }

  /** Takes the vector of `numbers` apart. */
  #named(numbers: Tensor1D) {
    const { optimizer, averaging } = this.#options;
    const values = unstack(numbers) as Scalar[];
    const names = Object.keys(optimizer.hyperparameters(START));
    const groups = this.#multipliers.map((scale): [number, Hyperparameters] => [
      scale,
      Object.fromEntries(names.map((name) => [name, values.shift()!])),
    ]);
    const hyperparameters = new Map(groups);
    return {
      hyperparametersOf: (scale: number) => hyperparameters.get(scale)!,
      averagingRate: averaging && values.shift(),
      perExample: this.#accumulates ? values.shift() : undefined,
    };
  }
}

/** An optimizer's hyperparameters have the same names at every step. */
const START: Progress = { step: 0, epoch: 0, stepsPerEpoch: 1, epochs: 1, history: [] };

/** Loss and correct predictions on a batch, with the model as at test time. */
export function evaluationStep(model: LayersModel, loss: Loss, { images, labels }: Batch): BatchSums {
  const outputs = [model.apply(images, { training: false })].flat() as Tensor[];
  return stack([...batchSums(loss(outputs, labels), outputs[0]!, labels)]) as BatchSums;
}

/** Puts kept sums into one vector, and lets go of them. */
function stacked(sums: readonly Scalar[], measured: readonly Scalar[] = []): BatchSums {
  const vector = stack([...sums, ...measured]) as BatchSums;
  dispose([...sums]);
  return vector;
}

function batchSums(losses: Tensor, logits: Tensor, labels: Tensor): readonly [loss: Scalar, correct: Scalar] {
  const correct = cast(equal(argMax(logits, -1), labels), 'float32');
  return [sum(losses) as Scalar, sum(correct) as Scalar];
}
