/**
 * The seven studies of lenet5-studies.ts, each for three epochs on 2,000 images.
 *
 *   npm run paperlab -- study experiments/lenet5-studies-small.ts
 */
import { study } from '@paperlab/core';
import { mnist } from '@paperlab/datasets';
import { recipes } from '@paperlab/model-lenet5';

const small = {
  dataset: mnist({ size: 32, train: 'train[:2000]', valid: 'train[-1000:]' }),
  epochs: 3,
};
const changes = Object.entries(recipes.studies).map(([name, recipe]) => [name, { ...recipe, ...small }]);

export default study(
  { name: 'lenet5-studies-small', ...recipes.studies.base, ...small },
  Object.fromEntries(changes),
);
