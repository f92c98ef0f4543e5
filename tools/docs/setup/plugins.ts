import { sgd } from '@paperlab/core';
import { synthetic } from '@paperlab/datasets';
import { lenet5 } from '@paperlab/model-lenet5';
const [perceptron, stripes, signum] = [lenet5, synthetic, sgd];
