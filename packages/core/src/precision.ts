import { engine, getBackend, getKernel, type Tensor } from '@tensorflow/tfjs-core';

/**
 * What a network computes in. Weights, what optimizers keep, and what is summed up (losses, norms) are float32 in all.
 *
 * - `float32`
 * - `bfloat16`: matrix products and convolutions, and what lies between them, with float32's range and 8 bits of precision.
 * - `mixed_float16`: the same with 11 bits and a small range, for which the loss is scaled (`LossScale`).
 */
export const precisions = ['float32', 'bfloat16', 'mixed_float16'] as const;
export type Precision = (typeof precisions)[number];

/** The kernel of an engine that computes in fewer bits where it may. tfjs has one type for all of these. */
const IN_FLOAT32 = 'InFloat32';

/** A tensor with all bits of float32, so that what is computed with it is. */
export function inFloat32<T extends Tensor>(x: T): T {
  return getKernel(IN_FLOAT32, getBackend()) ? (engine().runKernel(IN_FLOAT32, { x }) as T) : x;
}
