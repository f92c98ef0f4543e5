/**
 * The seed's seven studies of LeNet-5 on MNIST: the base, and one thing changed each.
 *
 *   npm run paperlab -- study experiments/lenet5-studies.ts
 *   for study in base relu leakyRelu maxPool minPool adagrad sgd; do
 *     npm run paperlab -- eval .paperlab/studies/lenet5-studies/TIME/$study
 *   done
 *
 * One alone: npm run paperlab -- train experiments/lenet5-studies.ts:relu
 * All on 2,000 images: npm run paperlab -- study experiments/lenet5-studies-small.ts
 *
 * Expect on the test images, by the seed's notebooks: base 98.60 %, relu 98.74, leakyRelu 98.76, maxPool 98.93, minPool
 * 98.89, adagrad 98.47, sgd 90.70.
 *
 * 10,500 of the 60,000 training images are held out for validation, the 10,000 test images are tested with. The seed puts
 * all 70,000 together and draws 49,000, 10,500 and 10,500.
 */
import { defineExperiment, study } from '@paperlab/core';
import { mnist } from '@paperlab/datasets';
import { recipes } from '@paperlab/model-lenet5';

const dataset = mnist({ size: 32, valid: { fraction: 10_500 / 60_000, seed: 4242 } });
const base = defineExperiment({ name: 'lenet5-studies', dataset, ...recipes.studies.base });

export default study(base, recipes.studies);
