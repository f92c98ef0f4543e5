import { beforeAll, describe, expect, it } from '@jest/globals';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { layers, type LayersModel, sequential } from '@tensorflow/tfjs-layers';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { initialize } from '../initialization.js';
import { softmaxCrossEntropy } from '../loss.js';
import { sgd } from '../optimizers/sgd.js';
import { evaluationStep, TrainStep } from '../step/step.js';
import { trainedWeights } from '../step/trained-weight.js';
import { eager } from './engine.js';

const network = () =>
  sequential({
    layers: [
      layers.conv2d({ name: 'C1', inputShape: [6, 6, 1], filters: 2, kernelSize: 3, activation: 'relu' }),
      layers.batchNormalization({ name: 'bn1' }),
      layers.depthwiseConv2d({ name: 'C2', kernelSize: 2 }),
      layers.maxPooling2d({ name: 'S2', poolSize: 2 }),
      layers.flatten({ name: 'flatten' }),
      layers.dropout({ name: 'dropout', rate: 0.5 }),
      layers.dense({ name: 'F3', units: 3 }),
    ],
  });

const batch = () => ({
  images: tf.reshape(tf.div(tf.range(0, 144), 144), [4, 6, 6, 1]),
  labels: tf.tensor1d([0, 1, 2, 0], 'int32'),
});

function trainStep(model: LayersModel) {
  const optimizer = sgd({ learningRate: 0.1 });
  const weights = trainedWeights(model, optimizer);
  const step = new TrainStep({ model, optimizer, weights, loss: softmaxCrossEntropy, seed: 1 });
  const progress = { step: 0, epoch: 0, stepsPerEpoch: 1, epochs: 1, history: [] };
  const numbers = tf.tensor1d(step.numbers(progress));
  return () => step.apply(batch(), numbers, tf.scalar(0, 'int32'));
}

const evaluation = (model: LayersModel) => () => evaluationStep(model, softmaxCrossEntropy, batch());
const trained = (model: LayersModel) =>
  model.trainableWeights.map((weight) => Array.from(weight.read().dataSync()));

describe("tfjs's backend wasm", () => {
  const engine = eager({ backend: 'wasm' });
  let model: LayersModel;
  beforeAll(async () => {
    const folder = dirname(fileURLToPath(import.meta.resolve('@tensorflow/tfjs-backend-wasm/package.json')));
    setWasmPaths(`${folder}/dist/`);
    await engine.devices();
    model = initialize(1, network);
  });

  it('refuses to train in one line', async () => {
    await expect(engine.compile(trainStep(model)).run()).rejects.toThrow(
      "tfjs's backend wasm cannot run this: it lacks DepthwiseConv2dNativeBackpropInput, and maybe others, which are named where " +
        '@tensorflow/tfjs-backend-cpu is imported. Use another, such as cpu.',
    );
  });

  it('names all kernels that it lacks where the backend cpu is there, and leaves the weights alone', async () => {
    await import('@tensorflow/tfjs-backend-cpu');
    const before = trained(model);
    await expect(engine.compile(trainStep(model)).run()).rejects.toThrow(
      "tfjs's backend wasm cannot run this: it lacks Conv2DBackpropFilter, DepthwiseConv2dNativeBackpropFilter, " +
        'DepthwiseConv2dNativeBackpropInput. Use another, such as cpu.',
    );
    expect(tf.getBackend()).toBe('wasm');
    expect(trained(model)).toEqual(before);
  });

  it('evaluates as the backend cpu does', async () => {
    const fast = Array.from((await engine.compile(evaluation(model)).run()).dataSync());
    const plain = await eager({ backend: 'cpu' }).compile(evaluation(model)).run();
    expect(tf.getBackend()).toBe('cpu');
    plain.dataSync().forEach((value, i) => expect(fast[i]).toBeCloseTo(value, 4));
  });
});
