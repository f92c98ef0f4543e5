/**
 * The seed's GoogLeNet on CIFAR-10, enlarged to 224 pixels.
 *
 *   npm run paperlab -- train experiments/googlenet-cifar10.ts
 *   npm run paperlab -- train experiments/googlenet-cifar10.ts:small       (synthetic images of 64×64)
 *
 * The seed's notebook: valid 89.16 % after 25 epochs. Not run here (about 23 hours on 2 cores); googlenet-subset.ts learns 2,000 real images.
 */
import { defineExperiment } from '@paperlab/core';
import { cifar10, synthetic } from '@paperlab/datasets';
import { googlenet, recipes } from '@paperlab/model-googlenet';

export const experiment = defineExperiment({
  name: 'googlenet-cifar10',
  model: googlenet({ variant: 'seed' }),
  dataset: cifar10({
    size: 224,
    transforms: [{ name: 'randomHorizontalFlip' }, { name: 'scale', factor: 1 / 255, offset: 0 }],
  }),
  ...recipes.seed,
});

export const experiments = {
  small: defineExperiment({
    ...experiment,
    name: 'googlenet-small',
    model: googlenet({ variant: 'seed', inputSize: 64 }),
    dataset: synthetic({ size: 64, examples: 512 }),
    epochs: 2,
  }),
};
