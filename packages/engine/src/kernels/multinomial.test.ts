import { beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { tensorflow, type TensorFlowEngine } from '../index.js';

let engine: TensorFlowEngine;
beforeAll(async () => {
  engine = await tensorflow();
});

const values = (x: tf.Tensor) => Array.from(x.dataSync());

describe('draws of classes', () => {
  it('take probabilities and logits', () => {
    const shares = (draws: tf.Tensor) =>
      [0, 1, 2].map((c) => values(draws).filter((d) => d === c).length / 4000);
    const probabilities = tf.tensor1d([0.1, 0.6, 0.3]);
    for (const draws of [
      tf.multinomial(probabilities, 4000, 7, true),
      tf.multinomial(tf.log(probabilities) as tf.Tensor1D, 4000, 7),
    ]) {
      shares(draws).forEach((share, c) => expect(share).toBeCloseTo(values(probabilities)[c]!, 1));
    }
  });

  it('are those of the seed, which need not be whole', () => {
    const draw = (seed: number) => values(tf.multinomial(tf.zeros<tf.Rank.R1>([50]), 20, seed));
    expect(draw(3.14)).toEqual(draw(3.14));
    expect(draw(3.14)).not.toEqual(draw(3.15));
  });

  it('go on from call to call of a compiled function', async () => {
    const draw = engine.compile(() => tf.multinomial(tf.zeros<tf.Rank.R1>([50]), 20, 3));
    const [first, second] = [values(await draw.run()), values(await draw.run())];
    expect(first).not.toEqual(second);
    draw.dispose();
  });
});
