import {
  add,
  engine,
  getBackend,
  getKernel,
  mul,
  type Scalar,
  scalar,
  sub,
  type Tensor,
} from '@tensorflow/tfjs-core';
import type { FusedUpdate, Optimizer } from '../optimizer.js';
import type { TrainedWeight } from './trained-weight.js';

/** The hyperparameters of one step as tensors, by name. */
export type Hyperparameters = Readonly<Record<string, Scalar>>;

/** Updates a weight and its slots: weight decay first, then the optimizer's rule or TensorFlow's op for it. */
export function updateWeight(
  optimizer: Optimizer,
  { weight, slots, multipliers }: Pick<TrainedWeight, 'weight' | 'slots' | 'multipliers'>,
  gradient: Tensor,
  hyperparameters: Hyperparameters,
): void {
  const { kind, rate: unscaled = 0 } = optimizer.weightDecay ?? {};
  const rate = unscaled * multipliers.weightDecay;
  const fused = optimizer.fused && getKernel(optimizer.fused.op, getBackend()) ? optimizer.fused : undefined;
  let decayed = gradient;
  if (rate > 0 && kind === 'l2') {
    if (fused?.l2) applyFused(fused.l2(rate), { ...slots, weight: weight.clone() });
    else decayed = add(gradient, mul(weight, rate));
  }
  if (rate > 0 && kind === 'decoupled')
    weight.assign(sub(weight, mul(weight, mul(hyperparameters['learningRate']!, rate))) as never);

  if (fused) {
    applyFused(fused, { ...hyperparameters, ...slots, weight, gradient: decayed });
    return;
  }
  const weightDecay = kind === 'rule' ? rate : 0;
  const updated = optimizer.update({ weight, gradient: decayed, slots, hyperparameters, weightDecay });
  weight.assign(updated.weight as never);
  for (const [slot, value] of Object.entries(updated.slots)) slots[slot]!.assign(value as never);
}

function applyFused({ op, inputs, attributes }: FusedUpdate, named: Readonly<Record<string, Tensor>>): void {
  const tensors = inputs.map((input, i) => {
    const value = typeof input === 'number' ? scalar(input) : named[input];
    if (!value)
      throw new Error(`${op}: its input "${input}" is no slot and no hyperparameter of the optimizer`);
    return [`input${i}`, value] as const;
  });
  engine().runKernel(op, Object.fromEntries(tensors), { ...attributes });
}
