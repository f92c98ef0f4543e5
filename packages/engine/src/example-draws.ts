import type { RandomNumbers } from '@paperlab/core';
import { type Tensor, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from './backend.js';
import type { DType } from './dtype.js';
import type { HostValues } from './host-tensor.js';
import { PHILOX } from './kernels/random.js';

/**
 * What a random transform draws for one image: that image's row of core's `randomDraws`, without the table. A table for all
 * images of ImageNet would have 123 MB.
 * @param id the image's number in the split, an int32 scalar
 * @returns `[1, count]`
 */
export function exampleDraws(
  backend: TensorFlowBackend,
  { key, count }: RandomNumbers,
  epoch: number,
  id: Tensor,
): Tensor2D {
  return tidy(() => {
    const constant = (dtype: DType, shape: number[], values: HostValues) =>
      backend.wrap(backend.constant(dtype, shape, values));
    const [number] = backend.execute('Cast', [id], { DstT: 'uint64' });
    const [first] = backend.execute('Mul', [number!, constant('uint64', [], [BigInt(count / 4)])]);
    const [counter] = backend.execute('Pack', [first!, constant('uint64', [], [BigInt(epoch)])]);
    const inputs = [
      constant('int32', [2], [1, count]),
      constant('uint64', [1], [key]),
      counter!,
      constant('int32', [], [PHILOX]),
    ];
    return backend.execute('StatelessRandomUniformV2', inputs, { dtype: 'float32' })[0] as Tensor2D;
  });
}
