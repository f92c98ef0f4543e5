/**
 * The seed's studies of MiniVGG16 on CIFAR-10: as it is, without batch normalization, with min-pooling.
 *
 *   npm run paperlab -- study experiments/minivgg16-studies.ts
 *   npm run paperlab -- study experiments/minivgg16-studies-small.ts
 *
 * The seed's notebooks, on the test images: base 87.23 % (valid 88.04), noBatchNorm 10 (it does not learn), minPool 86.47. Not
 * run here: about 5 hours each on 2 cores. 10,000 of the 50,000 training images, drawn by a seed, are held out for validation.
 */
import { study } from '@paperlab/core';
import { cifar10 } from '@paperlab/datasets';
import { recipes, vgg16 } from '@paperlab/model-vgg16';

export default study(
  {
    name: 'minivgg16-studies',
    model: vgg16({ variant: 'mini' }),
    dataset: cifar10({
      transforms: [{ name: 'randomHorizontalFlip' }, { name: 'scale', factor: 1 / 255, offset: 0 }],
      valid: { fraction: 0.2, seed: 4242 },
    }),
    ...recipes.seedStudy,
  },
  {
    base: {},
    noBatchNorm: { model: vgg16({ variant: 'mini', batchNorm: false }) },
    minPool: { model: vgg16({ variant: 'mini', pooling: 'min' }) },
  },
);
