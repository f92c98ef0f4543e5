import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  initialize,
  LossScale,
  type Model,
  type Precision,
  sgd,
  softmaxCrossEntropy,
  TrainStep,
  trainedWeights,
} from '@paperlab/core';
import { tensorflow, type TensorFlowEngine } from '@paperlab/engine';
import { alexnet } from '@paperlab/model-alexnet';
import { googlenet } from '@paperlab/model-googlenet';
import { lenet5 } from '@paperlab/model-lenet5';
import { cifarResnet, resnet50 } from '@paperlab/model-resnet50';
import { vgg } from '@paperlab/model-vgg16';
import * as tf from '@tensorflow/tfjs-core';

let engine: TensorFlowEngine;
beforeAll(async () => {
  engine = await tensorflow();
});
afterAll(() => engine.dispose());

const BATCH = 8;

/** Loss and norm of all gradients in a network's first step. */
async function firstStep(model: Model, precision: Precision): Promise<{ loss: number; gradient: number }> {
  const network = initialize(7, () => model.build(), model.weights);
  const optimizer = sgd({ learningRate: 0.01 });
  const step = new TrainStep({
    model: network,
    loss: model.loss ?? softmaxCrossEntropy,
    optimizer,
    weights: trainedWeights(network, optimizer),
    seed: 7,
    norms: true,
    lossScale: precision === 'mixed_float16' ? new LossScale() : undefined,
  });
  const compiled = engine.compile(
    (images: tf.Tensor, labels: tf.Tensor, numbers: tf.Tensor1D) =>
      step.apply({ images, labels }, numbers, tf.scalar(0, 'int32')),
    { precision },
  );
  const progress = { step: 0, epoch: 0, stepsPerEpoch: 1, epochs: 1, history: [] };
  const sums = await compiled.run(
    tf.randomUniform([BATCH, ...model.inputShape], -1, 1, 'float32', 3),
    tf.range(0, BATCH, 1, 'int32'),
    tf.tensor1d(step.numbers(progress)),
  );
  const [loss, , gradient] = sums.dataSync();
  compiled.dispose();
  return { loss: loss!, gradient: gradient! };
}

const small = { classes: 10, inputSize: 64 } as const;

it.each<[name: string, model: Model]>([
  ['lenet5 seed', lenet5()],
  ['lenet5 subsampling', lenet5({ variant: 'subsampling' })],
  ['alexnet paper', alexnet({ variant: 'paper', ...small, dropout: 0 })],
  ['vgg A', vgg({ variant: 'A', inputSize: 32, classes: 10, dropout: 0, initialWeights: 'glorot' })],
  ['googlenet paper', googlenet({ ...small, auxiliary: true, dropout: 0, auxiliaryDropout: 0 })],
  ['googlenet seed', googlenet({ variant: 'seed', ...small, dropout: 0 })],
  ['resnet 50', resnet50(small)],
])('%s in bfloat16 begins as in float32', async (_, model) => {
  const [expected, actual] = [await firstStep(model, 'float32'), await firstStep(model, 'bfloat16')];
  expect(actual).not.toEqual(expected);
  expect(Math.abs(actual.loss / expected.loss - 1)).toBeLessThan(0.03);
  expect(Math.abs(actual.gradient / expected.gradient - 1)).toBeLessThan(0.05);
});

it.each<[name: string, model: Model]>([
  ['lenet5 seed', lenet5()],
  ['resnet 20', cifarResnet()],
])('%s in mixed_float16 begins as in float32', async (_, model) => {
  const [expected, actual] = [await firstStep(model, 'float32'), await firstStep(model, 'mixed_float16')];
  expect(actual).not.toEqual(expected);
  expect(Math.abs(actual.loss / expected.loss - 1)).toBeLessThan(0.002);
  expect(Math.abs(actual.gradient / expected.gradient - 1)).toBeLessThan(0.01);
});
