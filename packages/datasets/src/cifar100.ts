import { oneOf, parseOptions } from '@paperlab/core';
import { z } from 'zod';
import { cifarDataset } from './cifar.js';
import { type ImageDataset, type ImageOptions, imageOptions } from './image-dataset.js';
import { cifar100Source } from './sources.js';

// prettier-ignore
const fineNames = [
  'apple', 'aquarium_fish', 'baby', 'bear', 'beaver', 'bed', 'bee', 'beetle', 'bicycle', 'bottle',
  'bowl', 'boy', 'bridge', 'bus', 'butterfly', 'camel', 'can', 'castle', 'caterpillar', 'cattle',
  'chair', 'chimpanzee', 'clock', 'cloud', 'cockroach', 'couch', 'crab', 'crocodile', 'cup', 'dinosaur',
  'dolphin', 'elephant', 'flatfish', 'forest', 'fox', 'girl', 'hamster', 'house', 'kangaroo', 'keyboard',
  'lamp', 'lawn_mower', 'leopard', 'lion', 'lizard', 'lobster', 'man', 'maple_tree', 'motorcycle', 'mountain',
  'mouse', 'mushroom', 'oak_tree', 'orange', 'orchid', 'otter', 'palm_tree', 'pear', 'pickup_truck', 'pine_tree',
  'plain', 'plate', 'poppy', 'porcupine', 'possum', 'rabbit', 'raccoon', 'ray', 'road', 'rocket',
  'rose', 'sea', 'seal', 'shark', 'shrew', 'skunk', 'skyscraper', 'snail', 'snake', 'spider',
  'squirrel', 'streetcar', 'sunflower', 'sweet_pepper', 'table', 'tank', 'telephone', 'television', 'tiger', 'tractor',
  'train', 'trout', 'tulip', 'turtle', 'wardrobe', 'whale', 'willow_tree', 'wolf', 'woman', 'worm',
];

// prettier-ignore
const coarseNames = [
  'aquatic_mammals', 'fish', 'flowers', 'food_containers', 'fruit_and_vegetables',
  'household_electrical_devices', 'household_furniture', 'insects', 'large_carnivores', 'large_man-made_outdoor_things',
  'large_natural_outdoor_scenes', 'large_omnivores_and_herbivores', 'medium_mammals', 'non-insect_invertebrates', 'people',
  'reptiles', 'small_mammals', 'trees', 'vehicles_1', 'vehicles_2',
];

/** Mean and standard deviation of the training images' channels, pixels in 0..1: for the transform `normalize`. */
export const cifar100Statistics = { mean: [0.5071, 0.4867, 0.4408], std: [0.2675, 0.2565, 0.2761] };

/** Options of `cifar100`. */
export interface Cifar100Options extends ImageOptions {
  /** The 100 classes (`fine`, the default) or the 20 groups of five that they form (`coarse`). */
  readonly labels?: 'fine' | 'coarse';
}

const schema = z.strictObject({ ...imageOptions, labels: oneOf(['fine', 'coarse']).default('fine') });

/**
 * CIFAR-100: 32×32 colour photographs of 100 classes (Krizhevsky 2009), 50,000 for `train` and 10,000 for `test`.
 * `valid` is the test set too, as with `mnist`; the options say otherwise.
 *
 * The binary archive (169 MB) is looked for in `PAPERLAB_DATA` and the cache, then downloaded.
 * @throws if an option is unknown or not allowed
 */
export function cifar100(options: Cifar100Options = {}): ImageDataset {
  const { labels, ...others } = parseOptions(schema, options, cifar100Source.name);
  const [names, index] = labels === 'fine' ? [fineNames, 1] : [coarseNames, 0];
  return cifarDataset(cifar100Source, names, { count: 2, index }, others, { labels });
}
