import { cifarDataset } from './cifar.js';
import type { ImageDataset, ImageOptions } from './image-dataset.js';
import { cifar10Source } from './sources.js';

const classNames = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];

/** Mean and standard deviation of the training images' channels, pixels in 0..1: for the transform `normalize`. */
export const cifar10Statistics = { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] };

/**
 * CIFAR-10: 32×32 colour photographs of ten classes (Krizhevsky 2009), 50,000 for `train` and 10,000 for `test`.
 * `valid` is the test set too, as with `mnist`; the options say otherwise.
 *
 * The binary archive (170 MB) is looked for in `PAPERLAB_DATA` and the cache, then downloaded.
 * @throws if an option is unknown or not allowed
 */
export function cifar10(options: ImageOptions = {}): ImageDataset {
  return cifarDataset(cifar10Source, classNames, { count: 1, index: 0 }, options);
}
