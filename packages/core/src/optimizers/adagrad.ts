import { add, div, mul, sqrt, square, sub } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Optimizer } from '../optimizer.js';
import { parseOptions } from '../options.js';
import { type Schedule, toSchedule } from '../schedules/schedule.js';
import { learningRate, positive } from './options.js';

export interface AdagradOptions {
  readonly learningRate: number | Schedule;
  /** Added to the root of the sum of squared gradients. Default 1e-10. */
  readonly epsilon?: number;
}

const schema = z.strictObject({ learningRate, epsilon: positive.default(1e-10) });

/**
 * Adagrad (Duchi, Hazan and Singer 2011) with diagonal matrices, as PyTorch computes it. Slot: `accumulator`, the
 * sum of squared gradients, from 0.
 */
export function adagrad(options: AdagradOptions): Optimizer {
  const { epsilon, ...given } = parseOptions(schema, options, 'adagrad');
  const schedule = toSchedule(given.learningRate);
  return {
    name: 'adagrad',
    config: { learningRate: schedule.config, epsilon },
    slots: { accumulator: 0 },
    hyperparameters: (progress, scale = 1) => ({ learningRate: scale * schedule(progress) }),
    update({ weight, gradient, slots, hyperparameters: { learningRate } }) {
      const accumulator = add(slots['accumulator']!, square(gradient));
      const step = div(mul(gradient, learningRate!), add(sqrt(accumulator), epsilon));
      return { weight: sub(weight, step), slots: { accumulator } };
    },
    fused: {
      op: 'ResourceApplyAdagradV2',
      // var, accum, lr, epsilon, grad
      inputs: ['weight', 'accumulator', 'learningRate', epsilon, 'gradient'],
      attributes: { update_slots: true },
    },
  };
}
