/**
 * The seed's "real" LeNet-5 on MNIST: trained subsampling and the paper's connections of C3, 60,850 weights.
 *
 *   npm run paperlab -- train experiments/lenet5-real.ts
 *   npm run paperlab -- train experiments/lenet5-real.ts:small       (three epochs of 2,000 images)
 *
 * The seed's notebook: valid 98.44 % after 20 epochs. The whole was not run here; it takes as long as lenet5-mnist.ts.
 * Of `small` expect valid 84.2 % (1,000 of the test images).
 */
import { defineExperiment } from '@paperlab/core';
import { mnist } from '@paperlab/datasets';
import { lenet5, recipes } from '@paperlab/model-lenet5';

export const experiment = defineExperiment({
  name: 'lenet5-real',
  model: lenet5({ variant: 'subsampling' }),
  dataset: mnist({ size: 32 }),
  ...recipes.seedReal,
});

export const experiments = {
  small: defineExperiment({
    ...experiment,
    name: 'lenet5-real-small',
    dataset: mnist({ size: 32, train: 'train[:2000]', valid: 'test[:1000]' }),
    epochs: 3,
  }),
};
