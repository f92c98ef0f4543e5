import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import {
  add,
  mul,
  scalar,
  setBackend,
  softmax,
  type Tensor,
  tensor1d,
  tensor2d,
  tidy,
} from '@tensorflow/tfjs-core';
import { input, layers, model, sequential, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Batch, Engine } from '../engine.js';
import { labelSmoothing, softmaxCrossEntropy } from '../loss.js';
import type { Loss } from '../model.js';
import { sgd } from '../optimizers/sgd.js';
import { ReplicaSet } from './replica-set.js';
import { evaluationStep, TrainStep } from './step.js';
import { trainedWeights } from './trained-weight.js';

beforeAll(() => setBackend('cpu'));

const shares = [0.7, 0.4, 1];
const [labels, others] = [
  [0, 1, 2],
  [2, 0, 1],
];
const images = () =>
  tensor2d([
    [1, 2],
    [3, -1],
    [-2, 0.5],
  ]);
const batch = (): Batch => ({
  images: images(),
  labels: tensor1d(labels!, 'int32'),
  mix: { labels: tensor1d(others!, 'int32'), share: tensor1d(shares) },
});

/** As GoogLeNet's: an output of the middle counts in training. */
const auxiliary: Loss = ([logits, middle], labels, training) => {
  const losses = softmaxCrossEntropy([logits!], labels);
  return training ? add(losses, mul(softmaxCrossEntropy([middle!], labels), 0.3)) : losses;
};

function network(outputs: number) {
  const image = input({ shape: [2] });
  const dense = (name: string, of: SymbolicTensor) =>
    layers.dense({ name, units: 3 }).apply(of) as SymbolicTensor;
  return model({ inputs: image, outputs: ['F1', 'F2'].slice(0, outputs).map((name) => dense(name, image)) });
}

describe('the loss of mixed images', () => {
  it.each<[string, Loss]>([
    ['softmax', softmaxCrossEntropy],
    ['smoothed labels', labelSmoothing(0.1)],
    ['an auxiliary output', auxiliary],
  ])('is that of both labels, each by its share: %s', (_, loss) => {
    const net = network(loss === auxiliary ? 2 : 1);
    const outputs = [net.apply(images())].flat() as Tensor[];
    const [own, other] = [labels!, others!].map((of) =>
      loss(outputs, tensor1d(of, 'int32'), true).dataSync(),
    );
    const expected = shares.map((share, i) => share * own![i]! + (1 - share) * other![i]!);
    const optimizer = sgd({ learningRate: 0.1 });
    const weights = trainedWeights(net, optimizer, { accumulate: true });
    const step = new TrainStep({ model: net, loss, optimizer, weights, seed: 0 });
    const [sum] = tidy(() => step.accumulate(batch(), scalar(0, 'int32')).dataSync());
    expect(sum).toBeCloseTo(
      expected.reduce((a, b) => a + b),
      5,
    );
    // The gradient with respect to the bias: of softmax, the probabilities less the shared label.
    if (loss !== softmaxCrossEntropy) return;
    const probabilities = tidy(() => softmax(outputs[0]!).arraySync()) as number[][];
    const bias = weights.find(({ name }) => name === 'F1/bias')!.accumulated!.dataSync();
    [0, 1, 2].forEach((k) => {
      const target = shares.reduce(
        (total, share, i) => total + (labels![i] === k ? share : 0) + (others![i] === k ? 1 - share : 0),
        0,
      );
      expect(bias[k]).toBeCloseTo(probabilities.reduce((total, row) => total + row[k]!, 0) - target, 5);
    });
  });
});

/** Its logits are its images. */
const logits = () => sequential({ layers: [layers.activation({ activation: 'linear', inputShape: [3] })] });

it('a prediction is correct if it is the label with the larger share', () => {
  const net = sequential({
    layers: [layers.dense({ units: 3, inputShape: [3], kernelInitializer: 'identity', useBias: false })],
  });
  const optimizer = sgd({ learningRate: 0 });
  const step = new TrainStep({
    model: net,
    loss: softmaxCrossEntropy,
    optimizer,
    weights: trainedWeights(net, optimizer),
    seed: 0,
  });
  const correct = (classes: number[]) =>
    tidy(() => {
      const predicting = tensor2d(classes.map((k) => [0, 1, 2].map((i) => (i === k ? 9 : 0))));
      const numbers = { step: 0, epoch: 0, stepsPerEpoch: 1, epochs: 1, history: [] };
      const given = { ...batch(), images: predicting };
      return step.apply(given, tensor1d(step.numbers(numbers)), scalar(0, 'int32')).dataSync()[1];
    });
  expect(correct([0, 0, 2])).toBe(3);
  expect(correct([2, 1, 1])).toBe(0);
});

it('mixed images are not evaluated', () => {
  const given = { ...batch(), images: tensor2d([[0, 1, 0]]) };
  expect(() => evaluationStep(logits(), softmaxCrossEntropy, given)).toThrow(
    new Error('Mixed images cannot be evaluated: leave mixup and cutmix to the train split'),
  );
});

it('each replica has the other labels of its part', () => {
  const devices = [0, 1].map((i) => [{ name: `CPU:${i}`, type: 'CPU' } as const]);
  const engine = { group: () => ({ size: 2 }) } as unknown as Engine;
  const set = new ReplicaSet({
    engine,
    replicas: { devices, syncBatchNorm: false },
    deviceOf: (_, [device]) => device!,
  });
  const parts = set.parts(batch()).map(({ part }) => part.mix!);
  expect(parts.map(({ labels }) => Array.from(labels.dataSync()))).toEqual([[2, 0], [1]]);
  expect(parts.flatMap(({ share }) => Array.from(share.dataSync()))).toEqual(shares.map(Math.fround));
});
