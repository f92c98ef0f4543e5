/**
 * Paperlab as a contender that trains on one batch, again and again: a compiled call for each step, whose loss is read.
 *
 *   node … src/our-steps.ts WORK
 */
import {
  adam,
  initialize,
  type Optimizer,
  sgd,
  softmaxCrossEntropy,
  summary,
  trainedWeights,
  TrainStep,
} from '@paperlab/core';
import { tensorflow } from '@paperlab/engine';
import { dispose, randomUniform, scalar, type Scalar, tensor1d, type Tensor1D } from '@tensorflow/tfjs-core';
import { networkNamed, type OptimizerSettings } from './networks.js';
import { serve } from './serve.js';
import type { StepWork } from './step-work.js';

const SEED = 4242;
const work = JSON.parse(process.argv[2]!) as StepWork;
const { batch, classes, precision, intraOpThreads } = work;
const { model } = networkNamed(work.network);
const engine = await tensorflow({ report: console.error, intraOpThreads });
const network = initialize(SEED, () => model.build());
const optimizer = optimizerOf(work.optimizer);
const train = new TrainStep({
  model: network,
  loss: model.loss ?? softmaxCrossEntropy,
  optimizer,
  weights: trainedWeights(network, optimizer),
  seed: SEED,
});
const images = randomUniform([batch, ...work.shape], 0, 1, 'float32', SEED);
const labels = tensor1d(
  Array.from({ length: batch }, (_, i) => i % classes),
  'int32',
);
const compiled = engine.compile(
  (x: typeof images, y: typeof labels, numbers: Tensor1D, batchNumber: Scalar) =>
    train.apply({ images: x, labels: y }, numbers, batchNumber),
  { precision },
);

let step = 0;
/** Returns the batch's mean loss. */
async function trainStep(): Promise<number> {
  const progress = { step, epoch: 0, stepsPerEpoch: 1, epochs: 1, history: [] };
  const numbers = tensor1d(train.numbers(progress));
  const batchNumber = scalar(step++, 'int32');
  const sums = await compiled.run(images, labels, numbers, batchNumber);
  const [loss] = sums.dataSync();
  dispose([sums, numbers, batchNumber]);
  return loss! / batch;
}

async function round() {
  const start = performance.now();
  let loss = 0;
  for (let done = 0; done < work.steps; done++) loss += await trainStep();
  return { seconds: (performance.now() - start) / 1000, steps: work.steps, loss: loss / work.steps };
}

await round(); // warms up
await serve(round, summary(network).trainableParameters);
await engine.dispose();

function optimizerOf({ kind, ...options }: OptimizerSettings): Optimizer {
  return kind === 'adam' ? adam(options) : sgd(options);
}
