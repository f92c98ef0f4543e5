import { type Precision, summary } from '@paperlab/core';
import { threadsFor } from '@paperlab/runner';
import { networkNamed, networksWithPeers, type OptimizerSettings } from './networks.js';

/** What contenders are told to do, ours and the peers': JSON on their command line. */
export interface StepWork {
  readonly network: string;
  readonly batch: number;
  readonly precision: Precision;
  /** In a round. */
  readonly steps: number;
  /** Of an image: height, width, channels. */
  readonly shape: readonly number[];
  readonly classes: number;
  readonly optimizer: OptimizerSettings;
  /** Ours as `train()` puts them together; Keras' both so and one by one. */
  readonly stepsPerCall: number;
  /** Ours alone: on which devices. Default: one. */
  readonly placement?: PlacedWork;
  /** Of TensorFlow, ours and Keras': what `train()` sets for the network. Absent: one per core. */
  readonly intraOpThreads?: number;
}

/**
 * On two logical CPU devices, which share the cores: a replica on each, or a column of AlexNet's; or two processes, with half of
 * the cores each.
 */
export type PlacedWork = 'replicas' | 'columns' | 'workers';

/** Floating-point operations of a round, by default: several seconds on two cores. */
const ROUND = 3e12;
const FEWEST = 4;
const MOST = 1000;

/**
 * The work of a round.
 * @param batch default: the network's
 * @param steps default: as many as take several seconds, 4 to 1000
 * @throws when there is no such network, or peers have none
 */
export function workOf(
  name: string,
  precision: Precision,
  batch: number | undefined,
  steps: number | undefined,
): StepWork {
  if (!networksWithPeers.includes(name))
    throw new Error(`no network "${name}" with peers; there are ${networksWithPeers.join(', ')}`);
  const { model, optimizer, stepsPerCall = 1, ...network } = networkNamed(name);
  const size = batch ?? network.batchSize;
  return {
    network: name,
    batch: size,
    precision,
    steps: upTo(
      stepsPerCall,
      steps ?? Math.min(MOST, Math.max(FEWEST, Math.round(ROUND / stepFlops(name, size)))),
    ),
    shape: model.inputShape,
    classes: model.classes,
    optimizer,
    stepsPerCall,
    ...threadsFor({ model, batchSize: size }),
  };
}

/** The next multiple of `unit`. */
const upTo = (unit: number, count: number) => unit * Math.ceil(count / unit);

/**
 * Floating-point operations of a training step: two for each multiply-accumulate of the forward pass, of the gradient by
 * the weights, and of the gradient by the input, which the layers that see the image do not need. Activations, pools,
 * normalization, the loss and the optimizer are not counted.
 */
export function stepFlops(name: string, batch: number): number {
  const { model } = networkNamed(name);
  const { rows, macs } = summary(model);
  const channels = model.inputShape.at(-1);
  const onImage = rows.filter(({ inputs }) => inputs[0]!.length === 3 && inputs[0]!.at(-1) === channels);
  return 2 * batch * (3 * macs - onImage.reduce((sum, row) => sum + row.macs, 0));
}
