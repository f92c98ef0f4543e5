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

/** Limits for gradients, by Keras's names. */
export interface Clipping {
  /** Every number of a gradient is cut to ±this. */
  readonly clipValue?: number;
  /** A weight's gradient with a larger norm is scaled down to it (TensorFlow's `clip_by_norm`). */
  readonly clipNorm?: number;
  /** All gradients are scaled down together when their norm is larger (Pascanu et al. 2013; `clip_by_global_norm`). */
  readonly globalClipNorm?: number;
}

/** Applies the limits to the gradients of all weights. */
export function clip(gradients: readonly Tensor[], limits: Clipping, norm: () => Scalar): readonly Tensor[] {
  const { clipValue, clipNorm, globalClipNorm } = limits;
  if (globalClipNorm !== undefined) {
    // Scaled by at most 1, and a norm of 0 divides nothing.
    const scale = div(globalClipNorm, maximum(norm(), globalClipNorm));
    return gradients.map((gradient) => mul(gradient, scale));
  }
  return gradients.map((gradient) => {
    const scaled =
      clipNorm === undefined
        ? gradient
        : mul(gradient, div(clipNorm, maximum(globalNorm([gradient]), clipNorm)));
    return clipValue === undefined ? scaled : clipByValue(scaled, -clipValue, clipValue);
  });
}

/** The L2 norm of all numbers in the tensors together. */
export function globalNorm(tensors: readonly Tensor[]): Scalar {
  return sqrt(addN(tensors.map((tensor) => sum(square(tensor))))) as Scalar;
}
