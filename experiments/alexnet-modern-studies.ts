/**
 * The seed's ModernAlexNet on CIFAR-10, enlarged to 227 pixels: as it is, with leaky ReLU, without batch normalization.
 *
 *   npm run paperlab -- study experiments/alexnet-modern-studies.ts
 *   npm run paperlab -- study experiments/alexnet-modern-studies-small.ts
 *
 * The seed's notebooks, on the test images: base 86.50 % (valid 87.11), leakyRelu 85.81, noBatchNorm 83.70. Not run here: about 11 hours each on 2 cores.
 * A fifth of the training images, drawn by a seed, is held out for validation.
 */
import { study } from '@paperlab/core';
import { cifar10 } from '@paperlab/datasets';
import { alexnet, recipes } from '@paperlab/model-alexnet';

export default study(
  {
    name: 'alexnet-modern-studies',
    model: alexnet({ variant: 'modern' }),
    dataset: cifar10({
      size: 227,
      transforms: [{ name: 'randomHorizontalFlip' }, { name: 'scale', factor: 1 / 255, offset: 0 }],
      valid: { fraction: 0.2, seed: 4242 },
    }),
    ...recipes.modern,
  },
  {
    base: {},
    leakyRelu: { model: alexnet({ variant: 'modern', activation: 'leakyRelu' }) },
    noBatchNorm: { model: alexnet({ variant: 'modern', batchNorm: false }) },
  },
);
