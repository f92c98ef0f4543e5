import { add, mul, type Scalar, sub, type Tensor } from '@tensorflow/tfjs-core';
import type { Progress } from '../optimizer.js';
import type { TrainedWeight } from './trained-weight.js';

/** A running average of the weights, which the model is evaluated with: `average += rate * (weight - average)`. */
export interface Averaging {
  /** `ema`, `polyak` */
  readonly name: string;
  /** The options that it was made with, as plain data: what trackers record of it. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** How much the weights after this step count, 0..1. */
  rate(progress: Progress): number;
}

/**
 * Exponential moving average: each step keeps `decay` of it. It begins with the weights after the first step, as
 * PyTorch's `AveragedModel` with `get_ema_multi_avg_fn`.
 */
export function ema({ decay }: { readonly decay: number }): Averaging {
  if (!(decay >= 0 && decay < 1))
    throw new Error(`decay in ema is ${decay}; it must be a number from 0 up to, not including, 1`);
  return { name: 'ema', config: { decay }, rate: ({ step }) => (step === 0 ? 1 : 1 - decay) };
}

/**
 * The mean of the weights after each step (Polyak and Juditsky 1992), from an epoch on; until then, the weights
 * themselves. As PyTorch's `AveragedModel` updated after every step.
 * @param options.from epochs done before the mean begins; default 0
 */
export function polyak({ from = 0 }: { readonly from?: number } = {}): Averaging {
  if (!(Number.isInteger(from) && from >= 0))
    throw new Error(`from in polyak is ${from}; it must be a whole number, 0 or more`);
  return {
    name: 'polyak',
    config: { from },
    rate: ({ step, stepsPerEpoch }) => 1 / (Math.max(0, step - from * stepsPerEpoch) + 1),
  };
}

/** Takes the weights as they are now into their averages. */
export function updateAverages(weights: readonly TrainedWeight[], rate: Scalar): void {
  for (const { weight, average } of weights) {
    if (average) average.assign(add(average, mul(sub(weight, average), rate)) as never);
  }
}

/** Runs `run` with the averages in the weights' place; then the weights are again what they were, bit for bit. */
export async function withAverages<Result>(
  weights: readonly TrainedWeight[],
  run: () => Promise<Result>,
): Promise<Result> {
  const averaged = weights.filter(({ average }) => average);
  const held = averaged.map(({ weight }) => weight.clone() as Tensor);
  for (const { weight, average } of averaged) assignCopy(weight, average!);
  try {
    return await run();
  } finally {
    averaged.forEach(({ weight }, i) => {
      weight.assign(held[i] as never);
      held[i]!.dispose();
    });
  }
}

function assignCopy(weight: TrainedWeight['weight'], value: Tensor): void {
  const copy = value.clone();
  weight.assign(copy as never);
  copy.dispose();
}
