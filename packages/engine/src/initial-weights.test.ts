import { beforeAll, describe, expect, it } from '@jest/globals';
import { initialize } from '@paperlab/core';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import { tensorflow } from './index.js';

beforeAll(async () => {
  await tensorflow();
});

const SIZE = 60;
const all = {
  zeros: initializers.zeros(),
  ones: initializers.ones(),
  constant: initializers.constant({ value: 0.5 }),
  identity: initializers.identity({ gain: 2 }),
  randomUniform: initializers.randomUniform({ minval: -1, maxval: 2 }),
  randomNormal: initializers.randomNormal({ mean: 1, stddev: 2 }),
  truncatedNormal: initializers.truncatedNormal({ mean: 1, stddev: 2 }),
  glorotUniform: initializers.glorotUniform({}),
  glorotNormal: initializers.glorotNormal({}),
  heUniform: initializers.heUniform({}),
  heNormal: initializers.heNormal({}),
  leCunUniform: initializers.leCunUniform({}),
  leCunNormal: initializers.leCunNormal({}),
  orthogonal: initializers.orthogonal({ gain: 1 }),
};

const kernel = (kernelInitializer: (typeof all)['zeros'], units = SIZE) =>
  initialize(4, () =>
    sequential({
      layers: [layers.dense({ name: 'd', units, inputShape: [units], kernelInitializer })],
    }).weights[0]!.read(),
  );

/** Numbers that come from JavaScript while `run` runs: the most in one tensor. */
function mostWritten(run: () => void): number {
  const backend = tf.backend();
  const { write } = backend;
  let most = 0;
  backend.write = function (values, shape, dtype) {
    most = Math.max(most, tf.util.sizeFromShape(shape));
    return write.call(this, values, shape, dtype);
  };
  try {
    run();
    return most;
  } finally {
    backend.write = write;
  }
}

describe.each(Object.entries(all))('%s', (_, initializer) => {
  it('is drawn by TensorFlow, not in JavaScript', () => {
    expect(mostWritten(() => kernel(initializer))).toBeLessThan(SIZE);
  });

  it("gives the weights of tfjs's pure JavaScript backend", async () => {
    const ours = kernel(initializer).dataSync();
    await tf.setBackend('cpu');
    const theirs = kernel(initializer).dataSync();
    await tf.setBackend('tensorflow');
    ours.forEach((value, i) => expect(value).toBeCloseTo(theirs[i]!, 4));
  });
});

it('uniform weights are the same bits on both backends', async () => {
  const ours = kernel(all.randomUniform).dataSync();
  await tf.setBackend('cpu');
  const theirs = kernel(all.randomUniform).dataSync();
  await tf.setBackend('tensorflow');
  expect(ours).toEqual(theirs);
});
