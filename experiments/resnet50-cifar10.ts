/**
 * The seed's ResNet-50 on CIFAR-10, enlarged to 224 pixels.
 *
 *   npm run paperlab -- train experiments/resnet50-cifar10.ts
 *   npm run paperlab -- train experiments/resnet50-cifar10.ts:small       (synthetic images of 32×32)
 *
 * The seed's notebook: valid 81.37 % after 30 epochs. Not run here (about 80 hours on 2 cores); resnet50-subset.ts learns 2,000 real images.
 */
import { defineExperiment } from '@paperlab/core';
import { cifar10, synthetic } from '@paperlab/datasets';
import { recipes, resnet50 } from '@paperlab/model-resnet50';

export const experiment = defineExperiment({
  name: 'resnet50-cifar10',
  model: resnet50({ classes: 10, initialWeights: 'pytorch' }),
  dataset: cifar10({
    size: 224,
    transforms: [{ name: 'randomHorizontalFlip' }, { name: 'scale', factor: 1 / 255, offset: 0 }],
  }),
  ...recipes.seed,
});

export const experiments = {
  small: defineExperiment({
    ...experiment,
    name: 'resnet50-small',
    model: resnet50({ classes: 10, initialWeights: 'pytorch', inputSize: 32 }),
    dataset: synthetic({ examples: 512 }),
    optimizer: recipes.seedStudy.optimizer, // from 0.01: eight steps of 0.1 go astray
    epochs: 2,
  }),
};
