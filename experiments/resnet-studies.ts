/**
 * The seed's studies of ResNets on CIFAR-10: ResNet-50 and ResNet-101 on images enlarged to 224 pixels, ResNet-50 on them as they are.
 *
 *   npm run paperlab -- study experiments/resnet-studies.ts
 *   npm run paperlab -- study experiments/resnet-studies-small.ts
 *
 * The seed's notebooks, on the test images: resnet50 86.68 % (valid 87.67), resnet50At32 63.65 (valid 63.38); the log of
 * resnet101 is resnet50's. Not run here: about 64, 3 (resnet50At32) and 125 hours on
 * 2 cores. 10,000 of the 50,000 training images, drawn by a seed, are held out for validation.
 */
import { study } from '@paperlab/core';
import { cifar10 } from '@paperlab/datasets';
import { recipes, resnet } from '@paperlab/model-resnet50';

const images = (size: number) =>
  cifar10({
    size,
    transforms: [{ name: 'randomHorizontalFlip' }, { name: 'scale', factor: 1 / 255, offset: 0 }],
    valid: { fraction: 0.2, seed: 4242 },
  });
const seed = { classes: 10, initialWeights: 'pytorch' } as const;

export default study(
  { name: 'resnet-studies', model: resnet(seed), dataset: images(224), ...recipes.seedStudy },
  {
    resnet50: {},
    resnet101: { model: resnet({ ...seed, depth: 101 }) },
    resnet50At32: { model: resnet({ ...seed, inputSize: 32 }), dataset: images(32), ...recipes.seedStudy32 },
  },
);
