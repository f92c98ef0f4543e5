import { adam, defineExperiment, type Experiment, sgd } from '@paperlab/core';
import { mnist, synthetic } from '@paperlab/datasets';
import { lenet5 } from '@paperlab/model-lenet5';
import { resnet50 } from '@paperlab/model-resnet50';

const experiments: Readonly<Record<string, Experiment>> = {
  // The seed's, but for a constant learning rate, so that the peers' losses can be compared.
  'lenet5-mnist': defineExperiment({
    name: 'lenet5-mnist',
    model: lenet5(),
    dataset: mnist({ size: 32 }),
    optimizer: adam({ learningRate: 5e-4 }),
    batchSize: 32,
    epochs: 1,
    seed: 4242,
  }),
  'resnet50-synthetic': defineExperiment({
    name: 'resnet50-synthetic',
    model: resnet50({ classes: 10 }),
    dataset: synthetic({ shape: [224, 224, 3], classes: 10, examples: 64 }),
    optimizer: sgd({ learningRate: 0.01, momentum: 0.9, weightDecay: 1e-4 }),
    batchSize: 8,
    epochs: 1,
    seed: 4242,
  }),
};

/** The experiment that a command line names. Throws when there is none of that name. */
export function experimentNamed(name = ''): Experiment {
  const experiment = experiments[name];
  if (!experiment)
    throw new Error(`no experiment "${name}"; there are ${Object.keys(experiments).join(', ')}`);
  return experiment;
}
