/**
 * The AlexNet of alexnet-imagenet.ts on one device, for ten classes of synthetic images of 64×64. It shows that all fits together.
 *
 *   npm run paperlab -- train experiments/alexnet-imagenet-small.ts
 */
import { defineExperiment } from '@paperlab/core';
import { synthetic } from '@paperlab/datasets';
import { alexnet, recipes } from '@paperlab/model-alexnet';

export const experiment = defineExperiment({
  ...recipes.seed,
  name: 'alexnet-imagenet-small',
  model: alexnet({ variant: 'seed', classes: 10, inputSize: 64 }),
  dataset: synthetic({ size: 64, examples: 320 }),
  epochs: 2,
});
