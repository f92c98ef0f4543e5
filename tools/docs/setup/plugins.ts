// Under the names that a README has.
import { sgd } from '@paperlab/core';
import { synthetic } from '@paperlab/datasets';
import { lenet5 } from '@paperlab/model-lenet5';

export const [perceptron, stripes, signum] = [lenet5, synthetic, sgd] as const;
