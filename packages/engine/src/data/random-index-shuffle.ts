import { scalar, type Tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { activeBackend } from '../active-backend.js';

/**
 * Where positions in a shuffled order come from: a permutation of the numbers below `size` that is computed for each
 * of them by itself, as TensorFlow's `RandomIndexShuffle` does.
 * @param index int32, of any shape
 */
export function randomIndexShuffle(
  index: Tensor,
  [seed, epoch]: readonly [seed: number, epoch: number],
  size: number,
): Tensor {
  return tidy(() => {
    const inputs = [index, tensor1d([seed, epoch, 0], 'int32'), scalar(size - 1, 'int32')];
    return activeBackend('randomIndexShuffle').execute('RandomIndexShuffle', inputs)[0]!;
  });
}
