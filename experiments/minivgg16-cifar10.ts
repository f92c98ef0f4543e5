/**
 * The seed's MiniVGG16 on CIFAR-10.
 *
 *   npm run paperlab -- train experiments/minivgg16-cifar10.ts
 *   npm run paperlab -- train experiments/minivgg16-cifar10.ts:small       (synthetic images)
 *
 * The seed's notebook: valid 86.41 % after 40 epochs. Not run here (about 5 hours on 2 cores); five epochs on JPEGs of the
 * images are minivgg16-cifar10-jpeg.ts.
 */
import { defineExperiment } from '@paperlab/core';
import { cifar10, synthetic } from '@paperlab/datasets';
import { recipes, vgg16 } from '@paperlab/model-vgg16';

export const experiment = defineExperiment({
  name: 'minivgg16-cifar10',
  model: vgg16({ variant: 'mini' }),
  dataset: cifar10({
    transforms: [{ name: 'randomHorizontalFlip' }, { name: 'scale', factor: 1 / 255, offset: 0 }],
  }),
  ...recipes.seed,
});

export const experiments = {
  small: defineExperiment({
    ...experiment,
    name: 'minivgg16-small',
    dataset: synthetic({ examples: 320 }),
    epochs: 2,
  }),
};
