import type { KernelConfig, NamedAttrMap, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from '../backend.js';
import type { DType } from '../dtype.js';

export type Kernel = Pick<KernelConfig, 'kernelName' | 'kernelFunc'>;
export type Inputs = Readonly<Record<string, TensorInfo>>;

/** A kernel of the backend `tensorflow`, by tfjs's name (or, for what tfjs does not have, TensorFlow's op name). */
export function kernel<A = NamedAttrMap>(
  kernelName: string,
  run: (backend: TensorFlowBackend, inputs: Inputs, attributes: A) => TensorInfo | TensorInfo[],
): Kernel {
  return {
    kernelName,
    kernelFunc: ({ inputs, attrs, backend }) =>
      run(backend as TensorFlowBackend, inputs as Inputs, attrs as unknown as A),
  };
}

/** A tensor in a dtype of TensorFlow's, which tfjs may not have. */
function inDType(backend: TensorFlowBackend, x: TensorInfo, dtype: DType): Tensor {
  return backend.execute('Cast', [x], { SrcT: backend.dtype(x), DstT: dtype })[0]!;
}

/** For ops that take 64 bits alone. */
export const int64 = (backend: TensorFlowBackend, x: TensorInfo) => inDType(backend, x, 'int64');
/** tfjs has no integers but these. */
export const int32 = (backend: TensorFlowBackend, x: TensorInfo) => inDType(backend, x, 'int32');
