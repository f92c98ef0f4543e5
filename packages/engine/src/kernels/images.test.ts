import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { tensorflow, type TensorFlowEngine } from '../index.js';

// The suite of tfjs-core tests rotation in browsers alone.

let engine: TensorFlowEngine;
beforeAll(async () => {
  engine = await tensorflow();
});

const image = (channels: number): tf.Tensor4D =>
  tf.tensor4d(
    Array.from({ length: 2 * 5 * 7 * channels }, (_, i) => (i * 37) % 256),
    [2, 5, 7, channels],
  );

describe('rotateWithOffset', () => {
  it.each([
    ['by an angle, a grey ground', 3, 0.4, 9, 0.5],
    ['about another centre', 1, -1, 0, [0.25, 0.7]],
    ['a coloured ground', 3, 0.4, [1, 2, 3], 0.5],
    ['a coloured ground, with alpha', 4, 2.5, [1, 2, 3], 0.5],
  ] as const)(
    "%s: eager and compiled, as tfjs's JavaScript does",
    async (_, channels, radians, fill, centre) => {
      const rotate = () =>
        tf.image.rotateWithOffset(image(channels), radians, fill as number, centre as number);
      const eager = tf.tidy(() => rotate().arraySync());
      const compiled = engine.compile(rotate);
      const rotated = await compiled.run();
      const traced = rotated.arraySync();
      rotated.dispose();
      compiled.dispose();
      await tf.setBackend('cpu');
      const judge = tf.tidy(() => rotate().arraySync());
      await tf.setBackend('tensorflow');
      expect(eager).toEqual(judge);
      expect(traced).toEqual(judge);
    },
  );
});
