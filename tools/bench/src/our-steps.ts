/**
 * Paperlab as a contender that trains on one batch, again and again: one step in a compiled call or several, as `train()`
 * has it, and the loss of each is read.
 *
 *   node … src/our-steps.ts WORK
 */
import { adam, type Optimizer, sgd, summary } from '@paperlab/core';
import { dispose, randomUniform, type Scalar, tensor, tensor1d, type Tensor1D } from '@tensorflow/tfjs-core';
import { createInterface } from 'node:readline';
import { networkNamed, type OptimizerSettings } from './networks.js';
import { engineFor, ownPart, placedStep, tellOther } from './our-placement.js';
import { serve } from './serve.js';
import type { StepWork } from './step-work.js';

const SEED = 4242;
const work = JSON.parse(process.argv[2]!) as StepWork;
const { batch, classes, precision, stepsPerCall, intraOpThreads } = work;
const { model } = networkNamed(work.network);
const engine = await engineFor(work.placement, { report: console.error, intraOpThreads });
const train = placedStep(engine, await engine.devices(), {
  model,
  seed: SEED,
  placed: work.placement,
  optimizer: optimizerOf(work.optimizer),
});
const images = randomUniform([batch, ...work.shape], 0, 1, 'float32', SEED);
const labels = tensor1d(
  Array.from({ length: batch }, (_, i) => i % classes),
  'int32',
);
const own = ownPart(engine, { images, labels });
const compiled = engine.compile(
  (numbers: Tensor1D, batchNumber: Scalar) => train.apply(own, numbers, batchNumber),
  { precision },
);

let step = 0;
/** Returns the sum of the steps' mean losses. */
async function call(): Promise<number> {
  const steps = Array.from({ length: stepsPerCall }, () => step++);
  const numbersOf = (at: number) =>
    train.numbers({ step: at, epoch: 0, stepsPerEpoch: 1, epochs: 1, history: [] });
  const alone = stepsPerCall === 1;
  const numbers = tensor(alone ? numbersOf(steps[0]!) : steps.map(numbersOf)) as Tensor1D;
  const batchNumbers = tensor(alone ? steps[0]! : steps, undefined, 'int32') as Scalar;
  const sums = await (alone
    ? compiled.run(numbers, batchNumbers)
    : compiled.repeat(stepsPerCall, numbers, batchNumbers));
  const values = sums.dataSync();
  const each = values.length / stepsPerCall;
  dispose([sums, numbers, batchNumbers]);
  return steps.reduce((sum, _, i) => sum + values[i * each]! / batch, 0);
}

async function round() {
  const start = performance.now();
  let loss = 0;
  for (let done = 0; done < work.steps; done += stepsPerCall) loss += await call();
  return { seconds: (performance.now() - start) / 1000, steps: work.steps, loss: loss / work.steps };
}

await round(); // warms up
if (engine.worker && engine.worker.index > 0) {
  for await (const _ of createInterface({ input: process.stdin })) await round();
  process.exit(0);
}
await serve(() => (tellOther(), round()), summary(model).trainableParameters);
if (engine.worker) process.exit(0);
await engine.dispose();

function optimizerOf({ kind, ...options }: OptimizerSettings): Optimizer {
  return kind === 'adam' ? adam(options) : sgd(options);
}
