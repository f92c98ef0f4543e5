import { beforeAll, describe, expect, it } from '@jest/globals';
import { initialize } from '@paperlab/core';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { io } from '@tensorflow/tfjs-core';
import {
  input,
  layers,
  type LayersModel,
  loadLayersModel,
  model,
  sequential,
  type SymbolicTensor,
} from '@tensorflow/tfjs-layers';
import { tensorflow, type TensorFlowEngine } from './index.js';

let engine: TensorFlowEngine;
beforeAll(async () => {
  engine = await tensorflow();
});

/** Numbers that are the same on every backend. */
const numbers = (shape: number[], seed: number) =>
  tf.tensor(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(seed + i * 1.7)),
    shape,
  );
const wordIds = (shape: number[], seed: number) =>
  tf.tensor(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (seed * 7 + i * 5) % 20),
    shape,
    'int32',
  );

const CLASSES = 5;

const mlp = (): LayersModel =>
  sequential({
    layers: [
      layers.dense({ name: 'hidden1', units: 24, inputShape: [12], activation: 'relu' }),
      layers.dense({ name: 'hidden2', units: 16, activation: 'selu' }),
      layers.dropout({ rate: 0 }),
      layers.dense({ name: 'logits', units: CLASSES }),
    ],
  });

const lstm = (): LayersModel =>
  sequential({
    layers: [
      layers.embedding({ name: 'embedding', inputDim: 20, outputDim: 8, inputLength: 6 }),
      layers.lstm({ name: 'lstm', units: 10 }),
      layers.dense({ name: 'logits', units: CLASSES }),
    ],
  });

/**
 * MobileNet v1 (Howard et al. 2017, Table 1) at width 0.25: a strided convolution, then pairs of a depthwise and a
 * pointwise convolution, each with batch normalisation and ReLU6. The later pairs are left out.
 */
const mobileNet = (): LayersModel => {
  const image = input({ shape: [16, 16, 3] });
  const normalised = (name: string, x: tf.Tensor | SymbolicTensor) =>
    layers
      .reLU({ name: `${name}/relu6`, maxValue: 6 })
      .apply(layers.batchNormalization({ name: `${name}/bn` }).apply(x)) as SymbolicTensor;
  let x = normalised(
    'conv1',
    layers
      .conv2d({ name: 'conv1', filters: 8, kernelSize: 3, strides: 2, padding: 'same', useBias: false })
      .apply(image) as SymbolicTensor,
  );
  const pairs = [
    [16, 1],
    [32, 2],
    [32, 1],
  ] as const;
  for (const [i, [filters, strides]] of pairs.entries()) {
    const depthwise = layers.depthwiseConv2d({
      name: `conv_dw_${i}`,
      kernelSize: 3,
      strides,
      padding: 'same',
      useBias: false,
    });
    x = normalised(`conv_dw_${i}`, depthwise.apply(x) as SymbolicTensor);
    const pointwise = layers.conv2d({
      name: `conv_pw_${i}`,
      filters,
      kernelSize: 1,
      padding: 'same',
      useBias: false,
    });
    x = normalised(`conv_pw_${i}`, pointwise.apply(x) as SymbolicTensor);
  }
  x = layers.globalAveragePooling2d({ name: 'pool' }).apply(x) as SymbolicTensor;
  return model({
    inputs: image,
    outputs: layers.dense({ name: 'logits', units: CLASSES }).apply(x) as SymbolicTensor,
  });
};

const trainings = [
  ['MobileNet v1 by momentum', mobileNet, () => tf.train.momentum(0.01, 0.9)],
  ['an LSTM by adam', lstm, () => tf.train.adam(5e-3)],
  ['an MLP by sgd', mlp, () => tf.train.sgd(0.05)],
  ['an MLP by momentum', mlp, () => tf.train.momentum(0.02, 0.9)],
  ['an MLP by adam', mlp, () => tf.train.adam(1e-3)],
  ['an MLP by adagrad', mlp, () => tf.train.adagrad(0.01)],
  ['an MLP by adadelta', mlp, () => tf.train.adadelta(0.5)],
  ['an MLP by adamax', mlp, () => tf.train.adamax(1e-3)],
  ['an MLP by rmsprop', mlp, () => tf.train.rmsprop(1e-3, 0.9, 0.9)],
] as const;

const examples = (network: LayersModel, seed: number) => {
  const shape = [6, ...network.inputs[0]!.shape.slice(1)] as number[];
  return network.inputs[0]!.name.startsWith('embedding') ? wordIds(shape, seed) : numbers(shape, seed);
};

const STEPS = 10;

type Step = (x: tf.Tensor, y: tf.Tensor) => Promise<{ loss: tf.Scalar }>;
type Runner = (step: (x: tf.Tensor, y: tf.Tensor) => { loss: tf.Scalar }) => Step;
const compiled: Runner = (step) => engine.compile(step).run;
const eager: Runner = (step) => async (x, y) => tf.tidy(() => step(x, y));

/** Trains as a tfjs user would; returns the losses, a prediction and the weights. */
async function train(network: LayersModel, optimizer: tf.Optimizer, runner: Runner) {
  const labels = tf.oneHot(tf.tensor1d([0, 1, 2, 3, 4, 0], 'int32'), CLASSES);
  const step = runner((x, y) => {
    const loss = optimizer.minimize(() => {
      const logits = network.apply(x, { training: true }) as tf.Tensor;
      return tf.losses.softmaxCrossEntropy(y, logits) as tf.Scalar;
    }, true);
    return { loss: loss! };
  });
  const losses: number[] = [];
  for (let i = 0; i < STEPS; i++) {
    const x = examples(network, i);
    const { loss } = await step(x, labels);
    losses.push(loss.dataSync()[0]!);
    tf.dispose([x, loss]);
  }
  const prediction = network.predict(examples(network, 0)) as tf.Tensor;
  return { losses, prediction: Array.from(prediction.dataSync()), weights: values(network) };
}

const values = (network: LayersModel) =>
  network.weights.map((weight) => Array.from(weight.read().dataSync()));

const relative = (a: number[], b: number[]) =>
  Math.hypot(...a.map((x, i) => x - b[i]!)) / Math.max(1e-12, Math.hypot(...b));

describe('a model of stock tfjs layers, trained by a tfjs optimizer in a compiled step', () => {
  it.each(trainings)('%s: as eager tfjs in JavaScript, within 1e-5', async (_, build, optimizer) => {
    const network = initialize(3, build);
    const initial = values(network);
    const ours = await train(network, optimizer(), compiled);
    await tf.setBackend('cpu');
    const twin = build();
    twin.setWeights(twin.weights.map(({ shape }, i) => tf.tensor(initial[i]!, shape as number[])));
    const judge = await train(twin, optimizer(), eager);
    await tf.setBackend('tensorflow');
    expect(relative(ours.losses, judge.losses)).toBeLessThan(1e-5);
    expect(relative(ours.prediction, judge.prediction)).toBeLessThan(1e-5);
    const differences = network.weights.map(({ originalName }, i) => ({
      weight: originalName,
      difference: relative(ours.weights[i]!, judge.weights[i]!),
    }));
    expect(differences.filter(({ difference }) => !(difference < 1e-5))).toEqual([]);
    expect(Math.abs(ours.losses.at(-1)! - ours.losses[0]!)).toBeGreaterThan(1e-3); // it did train
  });
});

describe('a model trained in compiled steps', () => {
  const trained = async () => {
    const network = initialize(3, mobileNet);
    await train(network, tf.train.momentum(0.01, 0.9), compiled);
    return network;
  };

  it('predicts and evaluates the same, compiled and eagerly', async () => {
    const network = await trained();
    const x = numbers([4, 16, 16, 3], 9);
    const predict = engine.compile((images: tf.Tensor) => network.predict(images) as tf.Tensor);
    const ours = Array.from((await predict.run(x)).dataSync());
    expect(relative(ours, Array.from((network.predict(x) as tf.Tensor).dataSync()))).toBeLessThan(1e-5);

    const labels = tf.oneHot(tf.tensor1d([0, 1, 2, 3], 'int32'), CLASSES);
    network.compile({ optimizer: 'sgd', loss: (y, z) => tf.losses.softmaxCrossEntropy(y, z) });
    const evaluate = engine.compile((images: tf.Tensor, y: tf.Tensor) =>
      tf.losses.softmaxCrossEntropy(y, network.apply(images, { training: false }) as tf.Tensor),
    );
    const judge = (network.evaluate(x, labels) as tf.Scalar).dataSync()[0]!;
    expect((await evaluate.run(x, labels)).dataSync()[0]).toBeCloseTo(judge, 5);
  });

  it('is saved with the weights that it has, and loads in tfjs on another backend', async () => {
    const network = await trained();
    let saved!: io.ModelArtifacts;
    await network.save(
      io.withSaveHandler((artifacts) => {
        saved = artifacts;
        return Promise.resolve({ modelArtifactsInfo: io.getModelArtifactsInfoForJSON(artifacts) });
      }),
    );
    const x = numbers([2, 16, 16, 3], 5);
    const ours = Array.from((network.predict(x) as tf.Tensor).dataSync());
    await tf.setBackend('cpu');
    try {
      const loaded = await loadLayersModel(io.fromMemory(saved));
      expect(relative(Array.from((loaded.predict(x) as tf.Tensor).dataSync()), ours)).toBeLessThan(1e-5);
    } finally {
      await tf.setBackend('tensorflow');
    }
  });

  it('has a summary', async () => {
    const network = await trained();
    const lines: string[] = [];
    network.summary(undefined, undefined, (line) => lines.push(String(line)));
    expect(lines.join('\n')).toContain(`Total params: ${network.countParams()}`);
  });

  it('goes on training eagerly from where it is, and back', async () => {
    const outcome = async (runners: Runner[]) => {
      const network = initialize(3, mlp);
      const optimizer = tf.train.momentum(0.01, 0.9);
      for (const runner of runners) await train(network, optimizer, runner);
      return values(network);
    };
    const mixed = await outcome([compiled, eager, compiled]);
    const all = await outcome([compiled, compiled, compiled]);
    mixed.forEach((weight, i) => expect(relative(weight, all[i]!)).toBeLessThan(1e-5));
  });
});
