import { add, mul, sub } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { Optimizer, Updated } from '../optimizer.js';
import { parseOptions } from '../options.js';
import { type Schedule, toSchedule } from '../schedules/schedule.js';
import { fraction, learningRate, nonNegative } from './options.js';

export interface SgdOptions {
  readonly learningRate: number | Schedule;
  /** Share of the last step's velocity that is kept, 0 up to 1. Default 0: no momentum. */
  readonly momentum?: number;
  /** Looks one step ahead (Nesterov's momentum). Default false. */
  readonly nesterov?: boolean;
  /** Coupled (L2): this share of the weight is added to its gradient. Default 0. */
  readonly weightDecay?: number;
}

const schema = z.strictObject({
  learningRate,
  momentum: fraction.default(0),
  nesterov: z.boolean('true or false').default(false),
  weightDecay: nonNegative.default(0),
});

const noSlots: Updated['slots'] = {};

/**
 * Stochastic gradient descent in PyTorch's form, where the learning rate scales the velocity: `v = m v + g`,
 * `w = w - lr v`; with Nesterov `w = w - lr (g + m v)`. The papers of AlexNet and VGG scale the gradient instead
 * (`v = m v - lr g`): the two differ when the learning rate changes.
 */
export function sgd(options: SgdOptions): Optimizer {
  const { momentum, nesterov, weightDecay, ...given } = parseOptions(schema, options, 'sgd');
  if (nesterov && momentum === 0)
    throw new Error('nesterov in sgd is true without momentum; give momentum, such as 0.9');
  const schedule = toSchedule(given.learningRate);
  return {
    name: 'sgd',
    config: { learningRate: schedule.config, momentum, nesterov, weightDecay },
    slots: momentum === 0 ? {} : { momentum: 0 },
    hyperparameters: (progress, scale = 1) => ({ learningRate: scale * schedule(progress) }),
    weightDecay: { rate: weightDecay, kind: 'l2' },
    update({ weight, gradient, slots, hyperparameters }) {
      const velocity = momentum === 0 ? gradient : add(mul(slots['momentum']!, momentum), gradient);
      const direction = nesterov ? add(gradient, mul(velocity, momentum)) : velocity;
      return {
        weight: sub(weight, mul(direction, hyperparameters['learningRate']!)),
        slots: momentum === 0 ? noSlots : { momentum: velocity },
      };
    },
    fused:
      momentum === 0
        ? { op: 'ResourceApplyGradientDescent', inputs: ['weight', 'learningRate', 'gradient'] }
        : {
            op: 'ResourceApplyMomentum',
            inputs: ['weight', 'momentum', 'learningRate', 'gradient', momentum],
            attributes: { use_nesterov: nesterov },
          },
  };
}
