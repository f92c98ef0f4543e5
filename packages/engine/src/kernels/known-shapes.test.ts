import { beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { tensorflow, type TensorFlowEngine } from '../index.js';

let engine: TensorFlowEngine;
beforeAll(async () => {
  engine = await tensorflow();
});

describe('results whose shape depends on values', () => {
  const boxes = () => tf.tensor2d([0, 0, 1, 1, 0, 0.1, 1, 1.1], [2, 4]);

  it.each([
    ['Unique', () => tf.unique(tf.tensor1d([1, 1, 2])).values],
    ['NonMaxSuppressionV3', () => tf.image.nonMaxSuppression(boxes(), tf.tensor1d([0.9, 0.7]), 2)],
    ['StringSplit', () => tf.string.stringSplit(['a b'], ' ').values],
  ])('%s: come eagerly, and are refused by name in a compiled function', async (name, compute) => {
    expect(compute()!.shape).not.toContain(-1);
    const compiled = engine.compile(compute);
    await expect(compiled.run()).rejects.toThrow(`${name}: the shape of its result depends on values`);
    compiled.dispose();
  });

  it('padded to a fixed size are compiled', async () => {
    const compiled = engine.compile(
      () =>
        tf.image.nonMaxSuppressionPadded(boxes(), tf.tensor1d([0.9, 0.7]), 2, 0.5, -Infinity, true)[
          'selectedIndices'
        ]!,
    );
    const selected = await compiled.run();
    expect(Array.from(selected.dataSync())).toEqual([0, 0]);
    compiled.dispose();
  });
});
