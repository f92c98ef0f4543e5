import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from '../backend.js';

// tfjs has 32 bits where TensorFlow's sparse and string ops have 64.

/** A tensor that TensorFlow's ops alone can take. The caller disposes it. */
export function asInt64(backend: TensorFlowBackend, x: TensorInfo): Tensor {
  return backend.execute('Cast', [x], { SrcT: backend.dtype(x), DstT: 'int64' })[0]!;
}

export function asInt32(backend: TensorFlowBackend, x: TensorInfo): Tensor {
  return backend.execute('Cast', [x], { SrcT: backend.dtype(x), DstT: 'int32' })[0]!;
}
