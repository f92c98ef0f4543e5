import type { Model, SgdOptions } from '@paperlab/core';
import { alexnet } from '@paperlab/model-alexnet';
import { googlenet } from '@paperlab/model-googlenet';
import { lenet5 } from '@paperlab/model-lenet5';
import { cifarResnet, resnet, resnet50 } from '@paperlab/model-resnet50';
import { vgg16 } from '@paperlab/model-vgg16';

/** Adam, or momentum: as a peer is told too, hence data. */
export type OptimizerSettings =
  | { readonly kind: 'adam'; readonly learningRate: number }
  | ({ readonly kind: 'sgd'; readonly learningRate: number; readonly momentum: number } & Pick<
      SgdOptions,
      'nesterov' | 'weightDecay'
    >);

/** A network of a benchmark. */
export interface Network {
  readonly model: Model;
  readonly batchSize: number;
  readonly optimizer: OptimizerSettings;
  /** Steps that `train()` puts into one call on two cores, where it is more than one. */
  readonly stepsPerCall?: number;
}

/** The recipes' momentum, at a low rate: on one batch, again and again, AlexNet's loss rises at the recipe's. */
const momentum = { kind: 'sgd', learningRate: 1e-3, momentum: 0.9 } as const;

/** Networks that peers have too, by the name of their benchmark, with their papers' or recipes' initial weights and weight decay. */
// prettier-ignore
const withPeers: Readonly<Record<string, () => Network>> = {
  lenet5: () => ({ model: lenet5(), batchSize: 32, optimizer: { kind: 'adam', learningRate: 5e-4 }, stepsPerCall: 8 }),
  alexnet: () => ({ model: alexnet(), batchSize: 32, optimizer: { ...momentum, weightDecay: 5e-4 } }),
  // Glorot's, which Section 3.1 names too: from a variance of 0.01 the loss is NaN within 5 steps.
  vgg16: () => ({ model: vgg16({ initialWeights: 'glorot' }), batchSize: 4, optimizer: { ...momentum, weightDecay: 5e-4 } }),
  minivgg16: () => ({ model: vgg16({ variant: 'mini' }), batchSize: 64, optimizer: { ...momentum, nesterov: true } }),
  googlenet: () => ({ model: googlenet(), batchSize: 16, optimizer: { ...momentum, weightDecay: 2e-4 } }),
  resnet50: () => ({ model: resnet50(), batchSize: 8, optimizer: { ...momentum, weightDecay: 1e-4 } }),
  resnet20: () => ({ model: cifarResnet(), batchSize: 128, optimizer: { ...momentum, weightDecay: 1e-4 } }),
};

export const networksWithPeers: readonly string[] = Object.keys(withPeers);

const networks: Readonly<Record<string, () => Network>> = {
  ...withPeers,
  // The largest graph there is, on small images.
  resnet152: () => ({ model: resnet({ depth: 152, inputSize: 64 }), batchSize: 2, optimizer: momentum }),
};

/** The network that a command line names. Throws when there is none of that name. */
export function networkNamed(name = ''): Network {
  const make = Object.hasOwn(networks, name) ? networks[name] : undefined;
  if (!make) throw new Error(`no network "${name}"; there are ${Object.keys(networks).join(', ')}`);
  return make();
}
