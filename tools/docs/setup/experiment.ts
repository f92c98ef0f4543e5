// The `./experiment.js` of examples: it learns in a second.
import { adam, defineExperiment } from '@paperlab/core';
import { synthetic } from '@paperlab/datasets';
import { lenet5 } from '@paperlab/model-lenet5';

export const experiment = defineExperiment({
  name: 'example',
  model: lenet5(),
  dataset: synthetic({ shape: [32, 32, 1], examples: 256 }),
  optimizer: adam({ learningRate: 1e-3 }),
  batchSize: 32,
  epochs: 2,
});
