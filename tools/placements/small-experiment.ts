import { defineExperiment, type DevicePlacement, type Model, sgd } from '@paperlab/core';
import { synthetic } from '@paperlab/datasets';
import { layers, sequential } from '@tensorflow/tfjs-layers';

/** Convolutions, dropout, and batch normalisation if wanted. */
const network = (batchNorm: boolean, useBias = !batchNorm): Model => ({
  name: 'small',
  inputShape: [12, 12, 3],
  classes: 5,
  build: () =>
    sequential({
      layers: [
        layers.conv2d({ name: 'C1', inputShape: [12, 12, 3], filters: 8, kernelSize: 3, useBias }),
        ...(batchNorm ? [layers.batchNormalization({ name: 'bn1' })] : []),
        layers.activation({ name: 'relu1', activation: 'relu' }),
        layers.conv2d({ name: 'C2', filters: 16, kernelSize: 3, strides: 2, useBias }),
        ...(batchNorm ? [layers.batchNormalization({ name: 'bn2' })] : []),
        layers.activation({ name: 'relu2', activation: 'relu' }),
        layers.flatten({ name: 'flatten' }),
        layers.dropout({ name: 'dropout', rate: 0.4 }),
        layers.dense({ name: 'F3', units: 5 }),
      ],
    }),
});

/** Of such images, with boxes of others, whose last batch of an epoch has two. */
export const mixed = {
  dataset: synthetic({
    shape: [12, 12, 3],
    classes: 5,
    examples: 150,
    valid: 'train[:30]',
    transforms: [
      { name: 'randomHorizontalFlip' },
      { name: 'scale', factor: 1 / 255, offset: 0 },
      { name: 'cutmix', alpha: 1 },
    ],
  }),
  batchSize: 37,
};

/** Twenty steps, five an epoch, the last of fewer examples. */
export const smallExperiment = (placement: DevicePlacement, batchNorm: boolean, changes: object = {}) =>
  defineExperiment({
    name: 'replicas',
    model: network(batchNorm),
    dataset: synthetic({ shape: [12, 12, 3], classes: 5, examples: 150, valid: 'train[:30]' }),
    optimizer: sgd({ learningRate: 0.05, momentum: 0.9, weightDecay: 1e-3 }),
    placement,
    batchSize: 33,
    epochs: 4,
    seed: 5,
    ...changes,
  });
