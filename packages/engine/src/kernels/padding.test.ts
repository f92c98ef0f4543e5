import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { tensorflow, type TensorFlowEngine } from '../index.js';

// Convolution and pooling with padding given in pixels, which tfjs-node refuses, whole or in gradients.

let engine: TensorFlowEngine;
beforeAll(async () => {
  engine = await tensorflow();
});

type Compute = () => tf.Tensor[];

/** Evaluates eagerly, in a compiled function, and on tfjs's pure JavaScript backend, which is the judge. */
async function expectAgreement(compute: Compute) {
  const values = (tensors: tf.Tensor[]) => tensors.map((x) => Array.from(x.dataSync()));
  const eager = tf.tidy(() => values(compute()));
  const compiled = engine.compile(compute);
  const results = await compiled.run();
  const traced = values(results);
  tf.dispose(results);
  compiled.dispose();
  await tf.setBackend('cpu');
  const judge = tf.tidy(() => values(compute()));
  await tf.setBackend('tensorflow');
  for (const ours of [eager, traced]) {
    expect(ours.map(({ length }) => length)).toEqual(judge.map(({ length }) => length));
    ours.flat().forEach((value, i) => expect(value).toBeCloseTo(judge.flat()[i]!, 4));
  }
}

/** Numbers that are the same on every backend. */
const numbers = <T extends tf.Tensor = tf.Tensor>(shape: readonly number[], seed = 1): T =>
  tf.tensor(
    Array.from({ length: tf.util.sizeFromShape([...shape]) }, (_, i) => Math.sin(seed + i * 1.7)),
    [...shape],
  ) as T;

/** Value, and gradients with respect to all inputs, of a sum with changing weights. */
function withGradients(fn: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]): tf.Tensor[] {
  const output = fn(...inputs);
  const weighted = (...xs: tf.Tensor[]) => tf.sum(tf.mul(fn(...xs), numbers(output.shape, 3)));
  return [output, ...tf.grads(weighted)(inputs)];
}

const ASYMMETRIC: [[number, number], [number, number], [number, number], [number, number]] = [
  [0, 0],
  [2, 1],
  [0, 3],
  [0, 0],
];

describe('convolution', () => {
  it.each([
    ['a number', 1, 3],
    ['a number, stride 2', 2, 2],
    ['each side its own', 2, ASYMMETRIC],
  ] as const)('%s', async (_, strides, pad) => {
    await expectAgreement(() =>
      withGradients(
        (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides, pad as never),
        [numbers([2, 7, 6, 3]), numbers([3, 3, 3, 4], 2)],
      ),
    );
  });

  it('rounded up', async () => {
    await expectAgreement(() => [
      tf.conv2d(numbers([1, 6, 6, 2]), numbers([3, 3, 2, 2], 2), 2, 1, 'NHWC', 1, 'ceil'),
    ]);
  });

  it('dilated', async () => {
    await expectAgreement(() => [
      tf.conv2d(numbers([1, 8, 8, 2]), numbers([3, 3, 2, 2], 2), 1, 2, 'NHWC', 2),
    ]);
  });

  it('depthwise', async () => {
    await expectAgreement(() =>
      withGradients(
        (x, filter) => tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, 1),
        [numbers([2, 7, 6, 3]), numbers([3, 3, 3, 2], 2)],
      ),
    );
  });

  it('transposed', async () => {
    await expectAgreement(() =>
      withGradients(
        (x, filter) =>
          tf.conv2dTranspose(x as tf.Tensor4D, filter as tf.Tensor4D, [2, 8, 8, 2], 2, ASYMMETRIC),
        [numbers([2, 5, 5, 3]), numbers([3, 3, 2, 3], 2)],
      ),
    );
  });
});

type Pool = (x: tf.Tensor, size: unknown, strides: number, pad: unknown) => tf.Tensor;

describe('pooling', () => {
  it.each([
    ['of images, a number', [2, 7, 6, 3], 3, 2, 1],
    ['of images, each side its own', [2, 7, 6, 3], [3, 4], 2, ASYMMETRIC],
    ['of volumes', [2, 5, 6, 4, 2], 3, 2, 1],
  ])('the maximum, %s', async (_, shape, size, strides, pad) => {
    const pool = (shape.length === 5 ? tf.maxPool3d : tf.maxPool) as unknown as Pool;
    await expectAgreement(() => withGradients((x) => pool(x!, size, strides, pad), [numbers(shape)]));
  });

  it.each([
    ['of images, a number', [2, 7, 6, 3], 3, 2, 1],
    ['of images, each side its own', [2, 7, 6, 3], [3, 4], 2, ASYMMETRIC],
    ['of volumes', [2, 5, 6, 4, 2], 3, 2, 1],
  ])('the mean, %s', async (_, shape, size, strides, pad) => {
    const pool = (shape.length === 5 ? tf.avgPool3d : tf.avgPool) as unknown as Pool;
    await expectAgreement(() => [pool(numbers(shape), size, strides, pad)]);
  });

  // tfjs's own gradient divides by the window's size where its mean divides by the pixels that are in the image.
  it.each([
    ['images', [1, 4, 5, 2], 3, 2, 1],
    ['volumes', [1, 3, 4, 3, 1], 2, 2, 1],
  ])('the gradient of the mean of %s is what finite differences say', (_, shape, size, strides, pad) => {
    const pool = (shape.length === 5 ? tf.avgPool3d : tf.avgPool) as unknown as Pool;
    const loss = (x: tf.Tensor) =>
      tf.tidy(() => {
        const pooled = pool(x, size, strides, pad);
        return tf.sum(tf.mul(pooled, numbers(pooled.shape, 3))) as tf.Scalar;
      });
    const x = numbers(shape);
    const values = x.dataSync();
    const gradient = tf.grad(loss)(x).dataSync();
    const step = 0.5; // the mean is linear: any step will do
    values.forEach((value, i) => {
      const at = (shifted: number) => {
        const moved = values.slice();
        moved[i] = shifted;
        return loss(tf.tensor(moved, shape)).dataSync()[0]!;
      };
      expect(gradient[i]).toBeCloseTo((at(value + step) - at(value - step)) / (2 * step), 4);
    });
  });

  it('the maximum with its place: says that it takes no numbers', () => {
    expect(() => tf.maxPoolWithArgmax(numbers<tf.Tensor4D>([1, 4, 4, 1]), 2, 2, 1)).toThrow(
      /"valid" or "same"/,
    );
  });
});
