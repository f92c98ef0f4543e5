import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { tensorflow, type TensorFlowEngine } from './index.js';

let engine: TensorFlowEngine;
beforeAll(async () => {
  engine = await tensorflow();
});
afterAll(() => engine.dispose());

/** More bits than bfloat16 (8) and float16 (11) have. */
const SMALL = 2 ** -12;

describe.each(['bfloat16', 'mixed_float16'] as const)('%s', (precision) => {
  it('is what products and convolutions are computed in', async () => {
    const products = engine.compile(
      (x: tf.Tensor2D) => {
        const image = tf.reshape(x, [1, 1, 1, 1]) as tf.Tensor4D;
        return [tf.matMul(x, x), tf.conv2d(image, image, 1, 'same')];
      },
      { precision },
    );
    const results = await products.run(tf.tensor2d([[1 + SMALL]]));
    expect(results.map((result) => result.dtype)).toEqual(['float32', 'float32']);
    expect(results.map((result) => result.dataSync()[0])).toEqual([1, 1]);
    products.dispose();
  });

  it('leaves variables in float32', async () => {
    const weight = tf.variable(tf.tensor2d([[1]]));
    const step = engine.compile(
      (x: tf.Tensor2D) => {
        const [gradient] = tf.grads((w: tf.Tensor) => tf.sum(tf.matMul(x, w as tf.Tensor2D)))([weight]);
        weight.assign(tf.add(weight, tf.mul(gradient!, SMALL)) as tf.Tensor2D);
        return gradient!;
      },
      { precision },
    );
    for (let i = 0; i < 3; i++) tf.dispose(await step.run(tf.tensor2d([[1]])));
    expect(weight.dataSync()[0]).toBe(1 + 3 * SMALL);
    step.dispose();
    weight.dispose();
  });
});

it('is float32 by default', async () => {
  const product = engine.compile((x: tf.Tensor2D) => tf.matMul(x, x));
  const result = await product.run(tf.tensor2d([[1 + SMALL]]));
  expect(result.dataSync()[0]).toBe(Math.fround((1 + SMALL) ** 2));
});
