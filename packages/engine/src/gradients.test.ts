import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  labelSmoothing,
  LocalResponseNormalization,
  PaddedAveragePooling2D,
  PaddedMaxPooling2D,
  softmaxCrossEntropy,
} from '@paperlab/core';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { tensorflow } from './index.js';

beforeAll(async () => {
  await tensorflow();
});

/** Numbers away from 0, where some activations have a kink. */
const numbers = (shape: number[], seed = 1) => {
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Array.from({ length: size }, (_, i) => Math.sin(seed + i * 1.7) * 2);
  return tf.tensor(
    values.map((value) => value + Math.sign(value) * 0.1),
    shape,
  );
};

/**
 * Expects of the gradient of `fn`, weighted by fixed numbers, what central differences of it say, in random directions:
 * one number of a gradient alone is lost in float32's rounding.
 */
function expectGradient(fn: (x: tf.Tensor) => tf.Tensor, x: tf.Tensor): void {
  const weights = numbers([...fn(x).shape], 5);
  const value = (at: tf.Tensor) => tf.sum(tf.mul(fn(at), weights)) as tf.Scalar;
  const gradient = tf.grad(value)(x);
  expect(gradient.shape).toEqual(x.shape);
  const step = 1e-3;
  for (const seed of [11, 12, 13]) {
    const direction = numbers(x.shape, seed);
    const at = (sign: number) => value(tf.add(x, tf.mul(direction, sign * step))).dataSync()[0]!;
    const numeric = (at(1) - at(-1)) / (2 * step);
    const analytic = tf.sum(tf.mul(gradient, direction)).dataSync()[0]!;
    expect(Math.abs(numeric - analytic)).toBeLessThan(0.02 * Math.max(1, Math.abs(analytic)));
  }
}

const activations = {
  relu: tf.relu,
  relu6: tf.relu6,
  leakyRelu: (x: tf.Tensor) => tf.leakyRelu(x, 0.3),
  elu: tf.elu,
  selu: tf.selu,
  tanh: tf.tanh,
  sigmoid: tf.sigmoid,
  softplus: tf.softplus,
  softmax: tf.softmax,
  logSoftmax: tf.logSoftmax,
  swish: (x: tf.Tensor) => tf.mul(x, tf.sigmoid(x)),
};

describe('gradients agree with finite differences', () => {
  describe.each(Object.entries(activations))('%s', (_, activation) => {
    it('on TensorFlow', () => expectGradient(activation, numbers([4, 6])));

    it("on tfjs's JavaScript backend in the same process", async () => {
      await tf.setBackend('cpu');
      try {
        expectGradient(activation, numbers([4, 6]));
      } finally {
        await tf.setBackend('tensorflow');
      }
    });
  });

  it.each<[name: string, pool: (x: tf.Tensor4D) => tf.Tensor]>([
    ['max pooling', (x) => tf.maxPool(x, 3, 2, 'valid')],
    ['average pooling', (x) => tf.avgPool(x, 2, 2, 'same')],
    ['local response normalisation', (x) => tf.localResponseNormalization(x, 2, 1, 0.1, 0.75)],
    ['convolution', (x) => tf.conv2d(x, numbers([3, 3, 4, 2], 3) as tf.Tensor4D, 1, 'same')],
    [
      'depthwise convolution',
      (x) => tf.depthwiseConv2d(x, numbers([3, 3, 4, 1], 3) as tf.Tensor4D, 1, 'same'),
    ],
  ])('%s', (_, pool) => expectGradient((x) => pool(x as tf.Tensor4D), numbers([2, 5, 5, 4])));

  it.each([
    ['images', [4, 3, 3, 5]],
    ['vectors', [8, 5]],
    ['sequences', [4, 3, 5]],
  ])('batch normalisation of %s: input, scale and shift', (_, shape) => {
    const layer = layers.batchNormalization({ epsilon: 1e-3 });
    layer.build([null, ...shape.slice(1)]);
    const x = numbers(shape);
    expectGradient((input) => layer.apply(input, { training: true }) as tf.Tensor, x);
    for (const weight of layer.trainableWeights) {
      const variable = weight.read() as tf.Variable;
      const loss = () =>
        tf.sum(tf.mul(layer.apply(x, { training: true }) as tf.Tensor, numbers(shape, 5))) as tf.Scalar;
      const gradient = tf.variableGrads(loss, [variable]).grads[variable.name]!.dataSync();
      const value = variable.dataSync();
      value.forEach((_, i) => {
        const at = (change: number) => {
          variable.assign(tf.tensor1d(value.map((number, j) => number + (i === j ? change : 0))) as never);
          return loss().dataSync()[0]!;
        };
        expect(Math.abs((at(0.01) - at(-0.01)) / 0.02 - gradient[i]!)).toBeLessThan(
          0.02 * Math.max(1, Math.abs(gradient[i]!)),
        );
        variable.assign(tf.tensor1d(value) as never);
      });
    }
  });

  it('the layer of local response normalisation', () => {
    const layer = new LocalResponseNormalization({ alpha: 0.1 });
    expectGradient((x) => layer.apply(x) as tf.Tensor, numbers([2, 3, 3, 6]));
  });

  it.each<[string, () => layers.Layer]>([
    ['the maximum', () => new PaddedMaxPooling2D({ poolSize: 3, strides: 2, padding: 1 })],
    ['the mean', () => new PaddedAveragePooling2D({ poolSize: 3, strides: 2, padding: 1 })],
    [
      "the mean of the image's pixels",
      () =>
        new PaddedAveragePooling2D({
          poolSize: 3,
          strides: 2,
          padding: [
            [0, 1],
            [2, 0],
          ],
          countIncludePad: false,
        }),
    ],
  ])('the layer of pooling with padding in pixels: %s', (_, make) => {
    const layer = make();
    expectGradient((x) => layer.apply(x) as tf.Tensor, numbers([2, 5, 6, 3]));
  });

  it.each([
    ['cross-entropy', softmaxCrossEntropy],
    ['cross-entropy of smoothed labels', labelSmoothing(0.1)],
  ])('%s', (_, loss) => {
    const labels = tf.tensor1d([2, 0, 5, 3], 'int32');
    expectGradient((logits) => loss([logits], labels), numbers([4, 6]));
  });
});
