import { idxDataset } from './idx-dataset.js';
import type { ImageDataset, ImageOptions } from './image-dataset.js';
import { fashionMnistSource } from './sources.js';

const classNames = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
];

/**
 * Fashion-MNIST: photographs of clothes in MNIST's format, 28×28 gray pixels (Xiao et al. 2017), 60,000 for `train` and
 * 10,000 for `test`. `valid` is the test set too, as with `mnist`; the options say otherwise.
 *
 * The files are looked for in `PAPERLAB_DATA`, the cache and where Debian's package `dataset-fashion-mnist` puts them,
 * then downloaded.
 * @throws if an option is unknown or not allowed
 */
export function fashionMnist(options: ImageOptions = {}): ImageDataset {
  return idxDataset(fashionMnistSource, classNames, options);
}
