/**
 * LeNet-5 on MNIST, all 60,000 images, by the recipe in model-lenet5.
 *
 *   npm run paperlab -- train experiments/lenet5-mnist.ts        (or: npm start)
 *   npm run paperlab -- train experiments/lenet5-mnist.ts:small  (three epochs of 2,000 images)
 *
 * The seed's notebook: valid 98.78 %. Expect: valid top-1 98.7 to 98.9 % after 20 epochs (98.79 % on average over the seeds 4242, 1 and 2);
 * of `small` 84.9 % (1,000 of the test images).
 * Time: 80 to 110 s on 2 cores of an Intel Xeon at 2.6 GHz.
 */
import { defineExperiment } from '@paperlab/core';
import { mnist } from '@paperlab/datasets';
import { lenet5, recipes } from '@paperlab/model-lenet5';

export const experiment = defineExperiment({
  name: 'lenet5-mnist',
  model: lenet5(),
  dataset: mnist({ size: 32 }),
  ...recipes.seed,
});

export const experiments = {
  small: defineExperiment({
    ...experiment,
    name: 'lenet5-mnist-small',
    dataset: mnist({ size: 32, train: 'train[:2000]', valid: 'test[:1000]' }),
    epochs: 3,
  }),
};
