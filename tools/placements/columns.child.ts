/** AlexNet in its two columns, each on a logical CPU device of its own, and all of it on one. Reports JSON. */
import {
  columns,
  defineExperiment,
  type DevicePlacement,
  initialize,
  placeLayers,
  sgd,
  single,
  softmaxCrossEntropy,
  TrainStep,
  trainedWeights,
} from '@paperlab/core';
import { synthetic } from '@paperlab/datasets';
import { tensorflow } from '@paperlab/engine';
import { alexnet } from '@paperlab/model-alexnet';
import { train } from '@paperlab/runner';
import * as tf from '@tensorflow/tfjs-core';

const STEPS = 3;
const BATCH = 2;
const engine = await tensorflow({ cpuDevices: 2 });
const placements = { one: single('CPU:0'), two: columns({ top: 'cpu:0', bottom: 'cpu:1' }) };

/** The first steps at full size, and how TensorFlow split them. */
async function steps(placement: DevicePlacement) {
  const model = alexnet({ variant: 'paper' });
  const network = initialize(3, () => model.build(), model.weights);
  const devices = placement.devices(await engine.devices());
  placeLayers(network, engine, placement, devices);
  const optimizer = sgd({ learningRate: 0.01, momentum: 0.9 });
  const weights = trainedWeights(network, optimizer);
  const step = new TrainStep({ model: network, loss: softmaxCrossEntropy, optimizer, weights, seed: 3 });
  const compiled = engine.compile(
    (images: tf.Tensor, labels: tf.Tensor, numbers: tf.Tensor1D, batch: tf.Scalar) =>
      step.apply({ images, labels }, numbers, batch),
    { device: devices[0]! },
  );
  const images = tf.randomNormal([BATCH, ...model.inputShape], 0, 60, 'float32', 1);
  const labels = tf.tensor1d([1, 700], 'int32');
  const losses: number[] = [];
  const partitions = await engine.partitions(async () => {
    for (let i = 0; i < STEPS; i++) {
      const progress = { step: i, epoch: 0, stepsPerEpoch: STEPS, epochs: 1, history: [] };
      const numbers = tf.tensor1d(step.numbers(progress));
      const sums = await compiled.run(images, labels, numbers, tf.scalar(i, 'int32'));
      losses.push(sums.dataSync()[0]! / BATCH);
    }
  });
  return { losses, partitions };
}

/** An experiment, in which nothing but the placement is another. */
async function trained(placement: DevicePlacement) {
  const experiment = defineExperiment({
    name: 'columns',
    model: alexnet({ variant: 'paper', classes: 10, inputSize: 67 }),
    dataset: synthetic({ shape: [67, 67, 3], classes: 10, examples: 24, valid: 'train[:8]' }),
    optimizer: sgd({ learningRate: 0.01, momentum: 0.9 }),
    placement,
    batchSize: 8,
    epochs: 2,
    seed: 5,
  });
  const epochs: unknown[] = [];
  for await (const { train: trained, valid } of train(experiment, { engine }))
    epochs.push({ trained, valid });
  return epochs;
}

const report = {
  one: { ...(await steps(placements.one)), epochs: await trained(placements.one) },
  two: { ...(await steps(placements.two)), epochs: await trained(placements.two) },
};
console.log(JSON.stringify(report));
process.exit(0);
