import { add, mul, sub } from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { fraction, oneOf } from '../model-options.js';
import type { Optimizer } from '../optimizer.js';
import { parseOptions } from '../options.js';
import { type Schedule, toSchedule } from '../schedules/schedule.js';
import { learningRate, nonNegative } from './options.js';

export interface SgdOptions {
  readonly learningRate: number | Schedule;
  /** Share of the last step's velocity that is kept, 0 up to 1. Default 0: no momentum. */
  readonly momentum?: number;
  /** Looks one step ahead (Nesterov's momentum). Default false. */
  readonly nesterov?: boolean;
  /** Whose momentum: in `pytorch` the learning rate scales the velocity, in `keras` the gradient. Default `pytorch`. */
  readonly form?: 'pytorch' | 'keras';
  /** Coupled (L2): this share of the weight is added to its gradient. Default 0. */
  readonly weightDecay?: number;
}

const schema = z.strictObject({
  learningRate,
  momentum: fraction.default(0),
  nesterov: z.boolean('true or false').default(false),
  form: oneOf(['pytorch', 'keras']).default('pytorch'),
  weightDecay: nonNegative.default(0),
});

type Rule = Pick<Optimizer, 'slots' | 'update' | 'fused'>;

/**
 * Stochastic gradient descent, with one of two forms of momentum. They are the same while the learning rate is;
 * when it falls, PyTorch's velocity shrinks with it at once, and Keras' goes on as before and dies away.
 *
 * | form      | velocity         | weight       | with Nesterov          | used by                              |
 * | --------- | ---------------- | ------------ | ---------------------- | ------------------------------------ |
 * | `pytorch` | `v = m v + g`    | `w -= lr v`  | `w -= lr (g + m v)`    | PyTorch, TensorFlow 1                |
 * | `keras`   | `v = m v - lr g` | `w += v`     | `w += m v - lr g`      | Keras, Caffe, papers of AlexNet, VGG |
 */
export function sgd(options: SgdOptions): Optimizer {
  const { momentum, nesterov, form, weightDecay, ...given } = parseOptions(schema, options, 'sgd');
  if (nesterov && momentum === 0)
    throw new Error('nesterov in sgd is true without momentum; give momentum, such as 0.9');
  const schedule = toSchedule(given.learningRate);
  const withMomentum = form === 'keras' ? kerasMomentum : pytorchMomentum;
  return {
    name: 'sgd',
    config: { learningRate: schedule.config, momentum, nesterov, form, weightDecay },
    hyperparameters: (progress, scale = 1) => ({ learningRate: scale * schedule(progress) }),
    weightDecay: { rate: weightDecay, kind: 'l2' },
    ...(momentum === 0 ? plain : withMomentum(momentum, nesterov)),
  };
}

const plain: Rule = {
  slots: {},
  update: ({ weight, gradient, hyperparameters: { learningRate } }) => ({
    weight: sub(weight, mul(gradient, learningRate!)),
    slots: {},
  }),
  fused: { op: 'ResourceApplyGradientDescent', inputs: ['weight', 'learningRate', 'gradient'] },
};

const pytorchMomentum = (momentum: number, nesterov: boolean): Rule => ({
  slots: { momentum: 0 },
  update({ weight, gradient, slots, hyperparameters: { learningRate } }) {
    const velocity = add(mul(slots['momentum']!, momentum), gradient);
    const direction = nesterov ? add(gradient, mul(velocity, momentum)) : velocity;
    return { weight: sub(weight, mul(direction, learningRate!)), slots: { momentum: velocity } };
  },
  fused: {
    op: 'ResourceApplyMomentum',
    inputs: ['weight', 'momentum', 'learningRate', 'gradient', momentum],
    attributes: { use_nesterov: nesterov },
    // m v + (g + r w) = m (v + r / m w) + g, with two passes over memory fewer. Nesterov's takes the gradient once more.
    ...(!nesterov && {
      l2: (rate: number) => ({
        op: 'ResourceApplyGradientDescent',
        inputs: ['momentum', -rate / momentum, 'weight'],
      }),
    }),
  },
});

const kerasMomentum = (momentum: number, nesterov: boolean): Rule => ({
  slots: { momentum: 0 },
  update({ weight, gradient, slots, hyperparameters: { learningRate } }) {
    const step = mul(gradient, learningRate!);
    const velocity = sub(mul(slots['momentum']!, momentum), step);
    const move = nesterov ? sub(mul(velocity, momentum), step) : velocity;
    return { weight: add(weight, move), slots: { momentum: velocity } };
  },
  fused: {
    op: 'ResourceApplyKerasMomentum',
    inputs: ['weight', 'momentum', 'learningRate', 'gradient', momentum],
    attributes: { use_nesterov: nesterov },
  },
});
