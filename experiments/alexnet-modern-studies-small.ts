/**
 * The studies of alexnet-modern-studies.ts on synthetic images of 64×64. It shows that all fits together.
 *
 *   npm run paperlab -- study experiments/alexnet-modern-studies-small.ts
 */
import { study } from '@paperlab/core';
import { synthetic } from '@paperlab/datasets';
import { alexnet, recipes } from '@paperlab/model-alexnet';

const options = { variant: 'modern', inputSize: 64 } as const;

export default study(
  {
    ...recipes.modern,
    name: 'alexnet-modern-studies-small',
    model: alexnet(options),
    dataset: synthetic({ size: 64, examples: 450 }),
    epochs: 2,
  },
  {
    base: {},
    leakyRelu: { model: alexnet({ ...options, activation: 'leakyRelu' }) },
    noBatchNorm: { model: alexnet({ ...options, batchNorm: false }) },
  },
);
