/**
 * The seed's ModernAlexNet on Imagenette, photos of 320 pixels cropped at random to 227.
 *
 *   npm run paperlab -- train experiments/alexnet-imagenette.ts
 *   npm run paperlab -- train experiments/alexnet-imagenette.ts:small       (synthetic images, cropped to 64×64)
 *
 * The seed's notebook: valid 71.77 % after 30 epochs. Not run here: about 3 hours on 2 cores.
 */
import { defineExperiment, type Transform } from '@paperlab/core';
import { imagenette, synthetic } from '@paperlab/datasets';
import { alexnet, recipes } from '@paperlab/model-alexnet';

const transforms = (size: number): Transform[] => [
  { name: 'randomResizedCrop', size: [size, size], antialias: true },
  { name: 'randomHorizontalFlip' },
  { name: 'scale', factor: 1 / 255, offset: 0 },
  { name: 'normalize', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] }, // ImageNet's
];

export const experiment = defineExperiment({
  name: 'alexnet-imagenette',
  model: alexnet({ variant: 'modern' }),
  dataset: imagenette({ size: 320, transforms: transforms(227) }),
  ...recipes.modernImagenette,
});

export const experiments = {
  small: defineExperiment({
    ...experiment,
    name: 'alexnet-imagenette-small',
    model: alexnet({ variant: 'modern', inputSize: 64 }),
    dataset: synthetic({ shape: [96, 96, 3], examples: 512, transforms: transforms(64) }),
    epochs: 2,
  }),
};
