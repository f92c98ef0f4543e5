import { adam, defineExperiment, type Experiment, sgd } from '@paperlab/core';
import { cifar10Statistics, imageFolder, mnist, synthetic } from '@paperlab/datasets';
import { lenet5 } from '@paperlab/model-lenet5';
import { cifarResnet, recipes as resnetRecipes, resnet50 } from '@paperlab/model-resnet50';
import { vgg16 } from '@paperlab/model-vgg16';
import { resolve } from 'node:path';

const experiments: Readonly<Record<string, Experiment>> = {
  // The seed's, but for a constant learning rate, so that the peers' losses can be compared.
  'lenet5-mnist': defineExperiment({
    name: 'lenet5-mnist',
    model: lenet5(),
    dataset: mnist({ size: 32 }),
    optimizer: adam({ learningRate: 5e-4 }),
    batchSize: 32,
    epochs: 1,
    seed: 4242,
  }),
  'resnet50-synthetic': defineExperiment({
    name: 'resnet50-synthetic',
    model: resnet50({ classes: 10 }),
    dataset: synthetic({ shape: [224, 224, 3], classes: 10, examples: 64 }),
    optimizer: sgd({ learningRate: 0.01, momentum: 0.9, weightDecay: 1e-4 }),
    batchSize: 8,
    epochs: 1,
    seed: 4242,
  }),
  // The paper's for CIFAR-10, on as many images of that size that are made up.
  'resnet20-synthetic': defineExperiment({
    name: 'resnet20-synthetic',
    model: cifarResnet(),
    dataset: synthetic({
      examples: 50_000,
      valid: 'test[:1000]',
      transforms: [
        { name: 'randomCrop', size: [32, 32], padding: 4 },
        { name: 'randomHorizontalFlip' },
        { name: 'scale', factor: 1 / 255, offset: 0 },
        { name: 'normalize', ...cifar10Statistics },
      ],
    }),
    ...resnetRecipes.cifar,
    epochs: 1,
    seed: 4242,
  }),
  // Its weights and momentum are 1.1 GB; one image a step, to have as many steps in a second as there can be.
  'vgg16-synthetic': defineExperiment({
    name: 'vgg16-synthetic',
    model: vgg16({ initialWeights: 'pytorch' }),
    dataset: synthetic({ shape: [224, 224, 3], classes: 1000, examples: 64 }),
    optimizer: sgd({ learningRate: 1e-4, momentum: 0.9, weightDecay: 5e-4 }),
    batchSize: 1,
    epochs: 1,
    seed: 4242,
  }),
};

/** Experiments on photos of one's own: `FOLDER/train/CLASS/FILE.jpg`, and `val` beside `train`. */
const onPhotos: Readonly<Record<string, (folder: string) => Experiment>> = {
  // GoogLeNet's augmentation, as the ResNets are trained today: more to compute than the paper's.
  'resnet50-photos': (folder) => {
    const dataset = imageFolder({
      folder: resolve(process.env['INIT_CWD'] ?? '', folder),
      transforms: [
        { name: 'randomResizedCrop', size: [224, 224], antialias: true },
        { name: 'randomHorizontalFlip' },
        { name: 'scale', factor: 1 / 255, offset: 0 },
        { name: 'normalize', mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
      ],
    });
    return defineExperiment({
      name: 'resnet50-photos',
      model: resnet50({ classes: dataset.classNames.length }),
      dataset,
      optimizer: sgd({ learningRate: 0.01, momentum: 0.9, weightDecay: 1e-4 }),
      batchSize: 8,
      epochs: 1,
      seed: 4242,
    });
  },
};

/** The experiment that a command line names: `resnet50-photos FOLDER`. Throws when there is none of that name. */
export function experimentNamed(given = ''): Experiment {
  const [name = '', folder = ''] = given.split(/ (.*)/s);
  if (Object.hasOwn(onPhotos, name) && folder !== '') return onPhotos[name]!(folder);
  const experiment = experiments[given];
  if (experiment) return experiment;
  const names = [...Object.keys(experiments), ...Object.keys(onPhotos).map((each) => `${each} FOLDER`)];
  throw new Error(`no experiment "${given}"; there are ${names.join(', ')}`);
}
