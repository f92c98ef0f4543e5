/**
 * The studies of minivgg16-studies.ts on synthetic images. It shows that all fits together.
 *
 *   npm run paperlab -- study experiments/minivgg16-studies-small.ts
 */
import { study } from '@paperlab/core';
import { synthetic } from '@paperlab/datasets';
import { recipes, vgg16 } from '@paperlab/model-vgg16';

export default study(
  {
    ...recipes.seedStudy,
    name: 'minivgg16-studies-small',
    model: vgg16({ variant: 'mini' }),
    dataset: synthetic({ examples: 512 }),
    epochs: 2,
  },
  {
    base: {},
    noBatchNorm: { model: vgg16({ variant: 'mini', batchNorm: false }) },
    minPool: { model: vgg16({ variant: 'mini', pooling: 'min' }) },
  },
);
