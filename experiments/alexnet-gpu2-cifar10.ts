/**
 * The seed's GPU2AlexNet on CIFAR-10, enlarged to 227 pixels.
 *
 *   npm run paperlab -- train experiments/alexnet-gpu2-cifar10.ts
 *   npm run paperlab -- train experiments/alexnet-gpu2-cifar10.ts:small       (synthetic images of 64×64)
 *
 * The seed's notebook: valid 60.08 %, left after 178 of 200 epochs. Not run here: about 60 hours on 2 cores. With two GPUs add
 * `placement: columns({ top: 'gpu:0', bottom: 'gpu:1' })`.
 */
import { defineExperiment } from '@paperlab/core';
import { cifar10, synthetic } from '@paperlab/datasets';
import { alexnet, recipes } from '@paperlab/model-alexnet';

export const experiment = defineExperiment({
  name: 'alexnet-gpu2-cifar10',
  model: alexnet({ variant: 'gpu2' }),
  dataset: cifar10({
    size: 227,
    transforms: [{ name: 'randomHorizontalFlip' }, { name: 'scale', factor: 1 / 255, offset: 0 }],
  }),
  ...recipes.seedGpu2,
});

export const experiments = {
  small: defineExperiment({
    ...experiment,
    name: 'alexnet-gpu2-small',
    model: alexnet({ variant: 'gpu2', inputSize: 64 }),
    dataset: synthetic({ size: 64, examples: 512 }),
    epochs: 2,
  }),
};
