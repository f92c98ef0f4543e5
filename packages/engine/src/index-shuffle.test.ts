import { beforeAll, describe, expect, it } from '@jest/globals';
import { indexShuffle } from '@paperlab/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { randomIndexShuffle } from './data/random-index-shuffle.js';
import { tensorflow } from './index.js';

beforeAll(async () => {
  await tensorflow();
});

describe("core's order of examples is that of TensorFlow's RandomIndexShuffle", () => {
  it.each([1, 2, 3, 10, 255, 256, 1000, 60_000, 65_536, 65_537, 65_538, 262_144, 1_281_167])(
    'of %d',
    (size) => {
      const positions = Array.from({ length: Math.min(size, 2000) }, (_, i) =>
        size > 2000 ? (i * 7919) % size : i,
      );
      for (const [seed, epoch] of [
        [0, 0],
        [4242, 1],
        [2 ** 31 - 1, 19],
      ] as const) {
        const ours = positions.map(indexShuffle([seed, epoch, 0], size));
        const judge = randomIndexShuffle(tf.tensor1d(positions, 'int32'), [seed, epoch], size);
        expect(ours).toEqual(Array.from(judge.dataSync()));
      }
    },
  );

  it.each([1, 2, 100, 60_000, 65_537])('and is a permutation, of %d', (size) => {
    const order = Array.from({ length: size }, (_, i) => i).map(indexShuffle([7, 3, 0], size));
    expect(new Set(order).size).toBe(size);
    expect(Math.max(...order)).toBe(size - 1);
  });
});
