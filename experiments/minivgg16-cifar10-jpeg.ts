/**
 * The seed's MiniVGG16 on CIFAR-10's images as JPEGs, in class folders: `PAPERLAB_DATA/cifar10-jpeg`. Lossy images give other
 * figures than CIFAR-10's own. The seed's recipe, for five of its 40 epochs.
 *
 *   npm run paperlab -- train experiments/minivgg16-cifar10-jpeg.ts
 *
 * Expect: valid top-1 76.7 % (10,000 test images, seed 4242; at least 73). Time: 8 min an epoch on 2 cores of an AMD EPYC.
 */
import { defineExperiment } from '@paperlab/core';
import { imageFolder } from '@paperlab/datasets';
import { recipes, vgg16 } from '@paperlab/model-vgg16';

export const experiment = defineExperiment({
  ...recipes.seed,
  name: 'minivgg16-cifar10-jpeg',
  model: vgg16({ variant: 'mini' }),
  dataset: imageFolder({
    name: 'cifar10-jpeg',
    folder: 'cifar10-jpeg',
    size: 32,
    transforms: [{ name: 'randomHorizontalFlip' }, { name: 'scale', factor: 1 / 255, offset: 0 }],
  }),
  epochs: 5,
});
