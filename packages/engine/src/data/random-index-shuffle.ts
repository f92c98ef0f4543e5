import { equal, minimum, scalar, type Tensor, tensor1d, tidy, where } from '@tensorflow/tfjs-core';
import { activeBackend } from '../active-backend.js';

/**
 * Where positions in a shuffled order come from: a permutation of the numbers below `size` that is computed for each
 * of them by itself, by TensorFlow's `RandomIndexShuffle`.
 * @param index int32, of any shape
 */
export function randomIndexShuffle(
  index: Tensor,
  [seed, epoch]: readonly [seed: number, epoch: number],
  size: number,
): Tensor {
  return tidy(() => {
    const largest = size - 1;
    const shuffled = (indices: Tensor, below: number) => {
      const inputs = [indices, tensor1d([seed, epoch, 0], 'int32'), scalar(below - 1, 'int32')];
      return activeBackend('randomIndexShuffle').execute('RandomIndexShuffle', inputs)[0]!;
    };
    if (!isPowerOfFour(largest) || largest < 2 ** 16) return shuffled(index, size);
    // The op takes one bit too few here, and would give an index twice: the last one stays where it is.
    const rest = shuffled(minimum(index, scalar(largest - 1, 'int32')), largest);
    return where(equal(index, scalar(largest, 'int32')), index, rest);
  });
}

const isPowerOfFour = (value: number) => Number.isInteger(Math.log2(value) / 2);
