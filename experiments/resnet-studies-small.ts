/**
 * The studies of resnet-studies.ts on synthetic images: 64×64 in place of 224×224, and 32×32. It shows that all fits together.
 *
 *   npm run paperlab -- study experiments/resnet-studies-small.ts
 */
import { study } from '@paperlab/core';
import { synthetic } from '@paperlab/datasets';
import { recipes, resnet } from '@paperlab/model-resnet50';

const seed = { classes: 10, initialWeights: 'pytorch', inputSize: 64 } as const;

export default study(
  {
    ...recipes.seedStudy,
    name: 'resnet-studies-small',
    model: resnet(seed),
    dataset: synthetic({ size: 64, examples: 256 }),
    epochs: 2,
  },
  {
    resnet50: {},
    resnet101: { model: resnet({ ...seed, depth: 101 }) },
    resnet50At32: {
      ...recipes.seedStudy32,
      model: resnet({ ...seed, inputSize: 32 }),
      dataset: synthetic({ examples: 256 }),
      epochs: 2,
    },
  },
);
