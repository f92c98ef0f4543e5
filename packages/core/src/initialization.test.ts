import { describe, expect, it } from '@jest/globals';
import {
  abs,
  dispose,
  eye,
  matMul,
  max,
  memory,
  mul,
  ready,
  removeBackend,
  reshape,
  sub,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { initializers, layers, type LayersModel, sequential } from '@tensorflow/tfjs-layers';
import { initialize, shapesOnly } from './initialization.js';

const dense = (name: string, options: object = {}) =>
  layers.dense({ name, units: 50, inputShape: [40], ...options });
const values = (model: LayersModel) => model.weights.map((weight) => Array.from(weight.read().dataSync()));

type Initializer = ReturnType<typeof initializers.zeros>;

/** A weight of this shape as a layer gets it. */
function initialWeight(shape: number[], initializer: Initializer): Float32Array {
  class OneWeight extends layers.Layer {
    static readonly className = 'OneWeight';
    override build(): void {
      this.addWeight('weight', shape, 'float32', initializer);
      this.built = true;
    }
  }
  const layer = new OneWeight({ name: 'layer' });
  initialize(3, () => layer.build());
  return layer.getWeights()[0]!.dataSync() as Float32Array;
}

/** The largest difference between the shares of two samples, of one size, that lie below a number. */
function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const both = [a, b].flatMap((sample, i) =>
    Array.from(sample, (value): [number, number] => [value, i === 0 ? 1 : -1]),
  );
  both.sort(([x], [y]) => x - y);
  let [difference, largest] = [0, 0];
  for (const [, share] of both) largest = Math.max(largest, Math.abs((difference += share)));
  return largest / a.length;
}

describe('initialize', () => {
  it('makes weights a function of the seed and their name alone', async () => {
    await ready();
    const pair = initialize(1, () =>
      sequential({ layers: [dense('a'), layers.dense({ name: 'b', units: 3 })] }),
    );
    const alone = initialize(1, () => sequential({ layers: [dense('a')] }));
    expect(values(alone)[0]).toEqual(values(pair)[0]);
    expect(values(initialize(2, () => sequential({ layers: [dense('a')] })))[0]).not.toEqual(values(pair)[0]);
    expect(values(initialize(1, () => sequential({ layers: [dense('c')] })))[0]).not.toEqual(values(pair)[0]);
  });

  it.each([
    ['zeros', initializers.zeros(), 0, 0],
    ['ones', initializers.ones(), 1, 0],
    ['constant', initializers.constant({ value: 0.5 }), 0.5, 0],
    ['randomUniform', initializers.randomUniform({ minval: -1, maxval: 2 }), 0.5, 9 / 12],
    ['randomNormal', initializers.randomNormal({ mean: 2, stddev: 0.5 }), 2, 0.25],
    ['truncatedNormal', initializers.truncatedNormal({ mean: 1, stddev: 0.5 }), 1, 0.25 * 0.774],
    ['glorotUniform', initializers.glorotUniform({}), 0, 2 / 90],
    ['glorotNormal', initializers.glorotNormal({}), 0, (2 / 90) * 0.774],
    ['heNormal', initializers.heNormal({}), 0, (2 / 40) * 0.774],
    ['heUniform', initializers.heUniform({}), 0, 2 / 40],
    ['leCunUniform', initializers.leCunUniform({}), 0, 1 / 40],
    ['leCunNormal', initializers.leCunNormal({}), 0, (1 / 40) * 0.774],
    [
      "PyTorch's default",
      initializers.varianceScaling({ scale: 1 / 3, mode: 'fanIn', distribution: 'uniform' }),
      0,
      1 / 120,
    ],
  ])('draws from %s', async (_, kernelInitializer, mean, variance) => {
    await ready();
    const [kernel] = values(initialize(3, () => sequential({ layers: [dense('d', { kernelInitializer })] })));
    const average = kernel!.reduce((a, b) => a + b) / kernel!.length;
    const spread = kernel!.reduce((sum, value) => sum + (value - average) ** 2, 0) / kernel!.length;
    expect(Math.abs(average - mean)).toBeLessThan(0.05);
    expect(Math.abs(spread - variance)).toBeLessThanOrEqual(0.1 * variance + 1e-6);
  });

  const distributions = {
    randomUniform: initializers.randomUniform({ seed: 1 }),
    randomNormal: initializers.randomNormal({ seed: 1 }),
    truncatedNormal: initializers.truncatedNormal({ seed: 1 }),
    glorotUniform: initializers.glorotUniform({ seed: 1 }),
    glorotNormal: initializers.glorotNormal({ seed: 1 }),
    heUniform: initializers.heUniform({ seed: 1 }),
    heNormal: initializers.heNormal({ seed: 1 }),
    leCunUniform: initializers.leCunUniform({ seed: 1 }),
    leCunNormal: initializers.leCunNormal({ seed: 1 }),
    'by the mean fan': initializers.varianceScaling({
      scale: 2,
      mode: 'fanAvg',
      distribution: 'normal',
      seed: 1,
    }),
    'by the outputs': initializers.varianceScaling({
      scale: 2,
      mode: 'fanOut',
      distribution: 'uniform',
      seed: 1,
    }),
  };
  const shapes: [what: string, shape: number[]][] = [
    ['a dense kernel', [60, 50]],
    ["a convolution's kernel", [3, 3, 8, 40]],
    ['a vector', [3000]],
  ];
  it.each(
    Object.entries(distributions).flatMap(([name, own]) =>
      shapes.map(([what, shape]): [string, string, number[], Initializer] => [name, what, shape, own]),
    ),
  )('draws %s for %s from the distribution of tfjs', async (_, __, shape, own) => {
    await ready();
    const ours = initialWeight(shape, own);
    const theirs = own.apply(shape).dataSync();
    // Two samples of n numbers differ by more than this in one case of 10^5 (Kolmogorov and Smirnov).
    expect(largestDifference(ours, theirs)).toBeLessThan(2.47 * Math.sqrt(2 / ours.length));
  });

  it('makes an identity', async () => {
    await ready();
    const own = initializers.identity({ gain: 0.5 });
    expect(Array.from(initialWeight([3, 3], own))).toEqual([0.5, 0, 0, 0, 0.5, 0, 0, 0, 0.5]);
  });

  it.each([
    [[40, 50], 1],
    [[60, 50], 2],
    [[3, 3, 4, 20], 1],
  ])('draws orthogonal weights of shape %p', async (shape, gain) => {
    await ready();
    const columns = shape.at(-1)!;
    const layer = () =>
      shape.length === 2
        ? layers.dense({
            name: 'd',
            units: columns,
            inputShape: [shape[0]!],
            kernelInitializer: initializers.orthogonal({ gain }),
          })
        : layers.conv2d({
            name: 'd',
            filters: columns,
            kernelSize: 3,
            inputShape: [8, 8, 4],
            kernelInitializer: initializers.orthogonal({ gain }),
          });
    const draw = (seed: number) =>
      initialize(seed, () => sequential({ layers: [layer()] })).weights[0]!.read();
    const matrix = reshape(draw(3), [-1, columns]) as Tensor2D;
    const wide = matrix.shape[0] < columns;
    const product = wide ? matMul(matrix, matrix, false, true) : matMul(matrix, matrix, true);
    const deviation = max(abs(sub(product, mul(eye(product.shape[0]), gain ** 2)))).dataSync()[0]!;
    expect(deviation).toBeLessThan(1e-4);
    expect(draw(3).dataSync()).toEqual(draw(3).dataSync());
    expect(draw(4).dataSync()).not.toEqual(draw(3).dataSync());
  });

  it('keeps only the weights', async () => {
    await ready();
    const before = memory().numTensors;
    const model = initialize(1, () => sequential({ layers: [dense('a')] }));
    expect(memory().numTensors - before).toBe(2);
    dispose(model.weights.map((weight) => weight.read()));
    expect(memory().numTensors).toBe(before);
  });

  it('hands layers their own initializers again afterwards', () => {
    expect(() =>
      initialize(1, () => {
        throw new Error('no');
      }),
    ).toThrow('no');
    const config = sequential({ layers: [dense('z', { kernelInitializer: 'ones' })] });
    expect(values(config)[0]!.every((value) => value === 1)).toBe(true);
  });
});

describe('shapesOnly', () => {
  it('builds 124 million weights without drawing or holding any, and without a backend', () => {
    removeBackend('cpu');
    const model = shapesOnly(() =>
      sequential({
        layers: [
          layers.dense({ units: 4096, inputShape: [25_088] }),
          layers.dense({ units: 4096 }),
          layers.dense({ units: 1000 }),
        ],
      }),
    );
    expect(model.countParams()).toBe(25_088 * 4096 + 4096 + 4096 * 4096 + 4096 + 4096 * 1000 + 1000);
    expect(() => model.weights[0]!.read().dataSync()).toThrow('has no values');
  });
});
