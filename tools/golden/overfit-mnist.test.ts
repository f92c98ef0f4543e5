import { expect, it } from '@jest/globals';
import { adam, defineExperiment, type Model } from '@paperlab/core';
import { mnist } from '@paperlab/datasets';
import { lenet5, paperPixels } from '@paperlab/model-lenet5';
import { overfit } from './overfit.js';

it.each<[name: string, model: Model, options: object, steps: number]>([
  ['lenet5 seed', lenet5(), {}, 60],
  ['lenet5 subsampling', lenet5({ variant: 'subsampling' }), {}, 60],
  ['lenet5 paper', lenet5({ variant: 'paper' }), { transforms: [paperPixels] }, 120],
])('%s learns 32 images of MNIST', async (name, model, options, steps) => {
  const experiment = defineExperiment({
    name,
    model,
    dataset: mnist({ size: 32, train: 'train[:32]', valid: 'test[:32]', ...options }),
    optimizer: adam({ learningRate: 2e-3 }),
    batchSize: 32,
    epochs: steps, // one step each
    seed: 1,
  });
  expect(await overfit(experiment)).toBe(1);
});
