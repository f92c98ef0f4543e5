import {
  type ExperimentInput,
  piecewise,
  reduceOnPlateau,
  type Schedule,
  sgd,
  stepDecay,
} from '@paperlab/core';

/** What all of them share; `v = 0.9 v + g`, as the authors' own program has it. */
const descent = (learningRate: Schedule) => sgd({ learningRate, momentum: 0.9, weightDecay: 1e-4 });

/** Ways to train ResNets, to spread into an experiment. */
export const recipes = {
  /**
   * Section 3.4, on ImageNet: divided by 10 when the error stops falling (ten epochs are waited for here: the paper
   * gives no number), up to 60·10⁴ steps, which are 120 epochs.
   */
  paper: {
    optimizer: descent(reduceOnPlateau(0.1, { metric: 'top1' })),
    batchSize: 256,
    epochs: 120,
  },
  /** Section 4.2, on CIFAR-10 with 5,000 of its 50,000 images for validation: 64,000 steps, which end in epoch 182. */
  cifar: {
    optimizer: descent(piecewise({ 0: 0.1, 32_000: 0.01, 48_000: 1e-3 }, { by: 'step' })),
    batchSize: 128,
    epochs: 182,
  },
  /** The same for 110 layers, which begin at 0.01: 400 steps, in which the paper's training error falls below 80 %. */
  cifar110: {
    optimizer: descent(piecewise({ 0: 0.01, 400: 0.1, 32_000: 0.01, 48_000: 1e-3 }, { by: 'step' })),
    batchSize: 128,
    epochs: 182,
  },
  /** The seed's notebook: ResNet-50 on CIFAR-10 at 224×224, with `initialWeights: 'pytorch'`. */
  seed: {
    optimizer: descent(stepDecay(0.1, { stepSize: 10 })),
    batchSize: 128,
    epochs: 30,
    seed: 4242,
  },
  /** The seed's study at 224×224: a tenth of the learning rate. */
  seedStudy: {
    optimizer: descent(stepDecay(0.01, { stepSize: 10 })),
    batchSize: 128,
    epochs: 30,
    seed: 4242,
  },
  /** The seed's study at 32×32. */
  seedStudy32: {
    optimizer: descent(reduceOnPlateau(0.01, { metric: 'top1', patience: 3 })),
    batchSize: 128,
    epochs: 60,
    seed: 4242,
  },
} as const satisfies Record<string, Partial<ExperimentInput>>;
