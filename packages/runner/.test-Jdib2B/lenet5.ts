import { defineExperiment } from '@paperlab/core';
      import { mnist } from '@paperlab/datasets';
      import { lenet5, recipes } from '@paperlab/model-lenet5';
      import { readFileSync } from 'node:fs';
      const dataset = mnist({ size: 32, train: 'train[:48]', valid: 'test[:20]' });
      const changes = { batchSize: 16, epochs: 1 };
      export const experiment = defineExperiment({ ...recipes.seed, name: 'lenet5', model: lenet5(), dataset, ...changes });
      if (process.platform === 'linux') process.on('exit', () =>
        console.error(/libtensorflow/.test(readFileSync('/proc/self/maps', 'latin1')) ? 'native' : 'JavaScript'));