/**
 * The seed's AlexNet of two columns, each on a GPU of its own, on ImageNet's 1000 classes: class folders in
 * `PAPERLAB_DATA/imagenet/train` and `val`.
 *
 *   npm run paperlab -- train experiments/alexnet-imagenet.ts
 *   npm run paperlab -- train experiments/alexnet-imagenet-small.ts   (needs neither)
 *
 * The seed has no result. Not run here: about 800 hours on 2 cores.
 */
import { columns, defineExperiment } from '@paperlab/core';
import { imageFolder } from '@paperlab/datasets';
import { alexnet, recipes } from '@paperlab/model-alexnet';

export const experiment = defineExperiment({
  name: 'alexnet-imagenet',
  model: alexnet({ variant: 'seed' }),
  dataset: imageFolder({
    name: 'imagenet',
    folder: 'imagenet',
    transforms: [
      { name: 'resize', size: [227, 227], antialias: true },
      { name: 'scale', factor: 1 / 255, offset: 0 },
    ],
  }),
  placement: columns({ top: 'gpu:0', bottom: 'gpu:1' }),
  ...recipes.seed,
});
