import {
  addN,
  clipByValue,
  div,
  maximum,
  mul,
  type Scalar,
  sqrt,
  square,
  sum,
  type Tensor,
} from '@tensorflow/tfjs-core';

/** A limit for gradients, by Keras's names: at most one is given. */
export interface Clipping {
  /** Every number of a gradient is cut to ±this. */
  readonly clipValue?: number;
  /** A weight's gradient with a larger norm is scaled down to it (TensorFlow's `clip_by_norm`). */
  readonly clipNorm?: number;
  /** All gradients are scaled down together when their norm is larger (Pascanu et al. 2013; `clip_by_global_norm`). */
  readonly globalClipNorm?: number;
}

/**
 * Applies the limit to the gradients of all weights. A norm of 0 stays 0; an infinite one makes what is infinite NaN.
 * @param norm of all gradients together
 */
export function clip(
  gradients: readonly Tensor[],
  { clipValue, clipNorm, globalClipNorm }: Clipping,
  norm: () => Scalar,
): readonly Tensor[] {
  if (clipValue !== undefined)
    return gradients.map((gradient) => clipByValue(gradient, -clipValue, clipValue));
  if (clipNorm !== undefined)
    return gradients.map((gradient) => mul(gradient, scaleTo(clipNorm, globalNorm([gradient]))));
  if (globalClipNorm !== undefined) {
    const scale = scaleTo(globalClipNorm, norm());
    return gradients.map((gradient) => mul(gradient, scale));
  }
  return gradients;
}

/** What brings a norm down to a limit: 1 at most, and nothing is divided by 0. */
const scaleTo = (limit: number, norm: Scalar) => div(limit, maximum(norm, limit));

/** The L2 norm of all numbers in the tensors together. */
export function globalNorm(tensors: readonly Tensor[]): Scalar {
  return sqrt(addN(tensors.map((tensor) => sum(square(tensor))))) as Scalar;
}
