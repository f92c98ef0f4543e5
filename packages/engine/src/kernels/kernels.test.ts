import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  randomKey,
  softmaxCrossEntropy,
  statelessNormal,
  statelessTruncatedNormal,
  statelessUniform,
} from '@paperlab/core';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { tensorflow } from '../index.js';

beforeAll(async () => {
  await tensorflow();
});

/** Evaluates on TensorFlow and on tfjs's pure JavaScript backend, which is the judge. */
async function onBoth(
  compute: () => tf.Tensor | tf.Tensor[],
): Promise<[tensorflow: number[][], cpu: number[][]]> {
  const read = () => tf.tidy(() => [compute()].flat().map((x) => Array.from(x.dataSync())));
  const ours = read();
  await tf.setBackend('cpu');
  try {
    return [ours, read()];
  } finally {
    await tf.setBackend('tensorflow');
  }
}

function expectClose([ours, judge]: [number[][], number[][]], tolerance = 1e-5) {
  ours.forEach((values, i) => {
    expect(values).toHaveLength(judge[i]!.length);
    values.forEach((value, j) => {
      const expected = judge[i]![j]!;
      expect(Math.abs(value - expected)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(expected)));
    });
  });
}

/** Numbers that are the same on every backend. */
const numbers = (shape: number[], seed = 1) => {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Array.from({ length: size }, (_, i) => Math.sin(seed + i * 1.7)),
    shape,
  );
};

describe('convolution and its gradients', () => {
  // The last covers the whole image and is computed as a matrix product.
  it.each([
    ['valid', [2, 9, 8, 3], [3, 3, 3, 4], 1, 'valid'],
    ['same', [2, 9, 8, 3], [3, 3, 3, 4], 2, 'same'],
    ['whole image', [2, 5, 5, 3], [5, 5, 3, 4], 1, 'valid'],
  ] as const)('%s', async (_, image, filter, strides, pad) => {
    expectClose(
      await onBoth(() => {
        const conv = (x: tf.Tensor, f: tf.Tensor) =>
          tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, strides, pad);
        const [x, f] = [numbers([...image]), numbers([...filter], 2)];
        const { value, grads } = tf.valueAndGrads((a, b) =>
          tf.sum(tf.mul(conv(a!, b!), numbers([...conv(a!, b!).shape], 3))),
        )([x, f]);
        return [conv(x, f), value, ...grads];
      }),
    );
  });
});

describe('matrix products, biases and activations', () => {
  it.each([
    [[4, 5], [5, 3], false, false],
    [[5, 4], [5, 3], true, false],
    [[4, 5], [3, 5], false, true],
    [[2, 4, 5], [2, 5, 3], false, false],
  ])('matMul %p x %p', async (a, b, transposeA, transposeB) => {
    expectClose(
      await onBoth(() =>
        tf.matMul(
          numbers(a as number[]),
          numbers(b as number[], 2),
          transposeA as boolean,
          transposeB as boolean,
        ),
      ),
    );
  });

  it.each(['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu'] as const)(
    'fused with bias and %s',
    async (activation) => {
      expectClose(
        await onBoth(() => [
          tf.fused.matMul({
            a: numbers([4, 5]) as tf.Tensor2D,
            b: numbers([5, 3], 2) as tf.Tensor2D,
            bias: numbers([3], 3),
            activation,
            leakyreluAlpha: 0.2,
          }),
          tf.fused.conv2d({
            x: numbers([1, 6, 6, 2]) as tf.Tensor4D,
            filter: numbers([3, 3, 2, 3], 2) as tf.Tensor4D,
            strides: 1,
            pad: 'valid',
            bias: numbers([3], 3) as tf.Tensor1D,
            activation,
            leakyreluAlpha: 0.2,
          }),
        ]),
      );
    },
  );

  it.each([[[0, 1, 2]], [[0, 1]], [[3]], [[0, 3]]])('sum over %p', async (axes) => {
    expectClose(
      await onBoth(() => [tf.sum(numbers([2, 3, 4, 5]), axes), tf.sum(numbers([2, 3, 4, 5]), axes, true)]),
    );
  });
});

describe('gradients', () => {
  it.each(['tanh', 'sigmoid', 'relu'] as const)('of %s', async (name) => {
    expectClose(
      await onBoth(() => tf.grad((x) => tf.sum(tf.mul(tf[name](x), numbers([7], 2))))(numbers([7]))),
    );
  });

  it('of softmax cross-entropy, as tfjs composes it', async () => {
    expectClose(
      await onBoth(() => {
        const labels = tf.tensor1d([2, 0, 1, 2], 'int32');
        const { value, grad } = tf.valueAndGrad((logits) => tf.mean(softmaxCrossEntropy([logits], labels)))(
          numbers([4, 3]),
        );
        return [value, grad, softmaxCrossEntropy([numbers([4, 3])], labels)];
      }),
    );
  });
});

describe('stateless draws', () => {
  const key = randomKey(4242, 'C1/kernel');

  it('uniform: the same bits as the JavaScript generator', async () => {
    const [ours, judge] = await onBoth(() => statelessUniform([3, 5, 7], key));
    expect(ours).toEqual(judge);
  });

  it('normal: the same numbers to rounding', async () => {
    expectClose(await onBoth(() => statelessNormal([1000], key)), 1e-4);
  });

  it('truncated normal: within two standard deviations, with its variance', async () => {
    const values = Array.from(statelessTruncatedNormal([20_000], key, 1, 0.5).dataSync());
    expect(Math.max(...values.map((value) => Math.abs(value - 1)))).toBeLessThanOrEqual(1);
    const mean = values.reduce((a, b) => a + b) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(mean).toBeCloseTo(1, 1);
    expect(variance / 0.25).toBeCloseTo(0.774, 1); // of a normal cut at two standard deviations
  });

  it('of another step are others, the same on both', async () => {
    const draws = async (step: number) => {
      const both = await onBoth(() => statelessUniform([9], key, 0, 1, tf.scalar(step, 'int32')));
      expect(both[0]).toEqual(both[1]);
      return both[0][0]!;
    };
    const [first, second] = [await draws(1), await draws(2)];
    expect(first.filter((value) => second.includes(value))).toEqual([]);
    expect(await draws(0)).toEqual(Array.from(statelessUniform([9], key).dataSync()));
  });

  it('take the step as a tensor of the graph', async () => {
    const engine = await tensorflow();
    const draw = engine.compile((step: tf.Scalar) => statelessUniform([5], key, 0, 1, step));
    for (const step of [3, 4]) {
      const eager = statelessUniform([5], key, 0, 1, tf.scalar(step, 'int32')).dataSync();
      expect((await draw.run(tf.scalar(step, 'int32'))).dataSync()).toEqual(eager);
    }
  });

  it('differ by seed and by name', () => {
    const keys = [randomKey(1, 'a'), randomKey(2, 'a'), randomKey(1, 'b')];
    const draws = keys.map((k) => Array.from(statelessUniform([4], k).dataSync()).join());
    expect(new Set(draws).size).toBe(3);
  });
});
