/**
 * The seed's VGG16 on CIFAR-10, enlarged to 224 pixels.
 *
 *   npm run paperlab -- train experiments/vgg16-cifar10.ts
 *   npm run paperlab -- train experiments/vgg16-cifar10.ts:small       (synthetic images of 32×32)
 *
 * The seed's notebook: valid 86.40 % after 40 epochs. Not run here: about 270 hours on 2 cores.
 */
import { defineExperiment } from '@paperlab/core';
import { cifar10, synthetic } from '@paperlab/datasets';
import { recipes, vgg16 } from '@paperlab/model-vgg16';

export const experiment = defineExperiment({
  name: 'vgg16-cifar10',
  model: vgg16({ variant: 'seed' }),
  dataset: cifar10({
    size: 224,
    transforms: [{ name: 'randomHorizontalFlip' }, { name: 'scale', factor: 1 / 255, offset: 0 }],
  }),
  ...recipes.seed,
});

export const experiments = {
  small: defineExperiment({
    ...experiment,
    name: 'vgg16-small',
    model: vgg16({ variant: 'seed', inputSize: 32 }),
    dataset: synthetic({ examples: 320 }),
    epochs: 2,
  }),
};
