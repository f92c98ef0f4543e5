import { describe, expect, it } from '@jest/globals';
import { ready, type Tensor } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { input, model } from '@tensorflow/tfjs-layers';
import { initialize } from '../initialization.js';
import type { Block } from './block.js';
import { conv } from './conv.js';
import { dense } from './dense.js';
import { glorotUniform, heNormal, normal, pytorchDefault } from './initial-weights.js';

/** Kernel and bias. */
function weightsOf(shape: readonly number[], block: Block): [kernel: Float32Array, bias: Float32Array] {
  const x = input({ shape: [...shape] });
  const network = initialize(1, () => model({ inputs: x, outputs: block(x) }));
  return network.getWeights().map((weight: Tensor) => weight.dataSync() as Float32Array) as never;
}

const variance = (values: Float32Array) =>
  values.reduce((sum, value) => sum + value * value, 0) / values.length;

/** Standard errors of a variance over n draws, by the distribution's kurtosis. */
const standardError = { uniform: (n: number) => Math.sqrt(0.8 / n), normal: (n: number) => Math.sqrt(2 / n) };

function expectUniform(values: Float32Array, bound: number): void {
  const sorted = values.toSorted();
  // Of n uniform draws the largest lies this close to the bound, but for one case in e^20.
  const edge = bound * (1 - 40 / values.length);
  expect(sorted.at(-1)).toBeLessThanOrEqual(bound * (1 + 1e-6));
  expect(sorted.at(-1)).toBeGreaterThan(edge);
  expect(sorted[0]).toBeGreaterThanOrEqual(-bound * (1 + 1e-6));
  expect(sorted[0]).toBeLessThan(-edge);
  const error = 5 * standardError.uniform(values.length);
  expect(Math.abs(variance(values) / (bound ** 2 / 3) - 1)).toBeLessThan(error);
}

function expectNormal(values: Float32Array, stddev: number): void {
  const error = 5 * standardError.normal(values.length);
  expect(Math.abs(variance(values) / stddev ** 2 - 1)).toBeLessThan(error);
  // The tails are there: 4.6 % of a normal distribution lies beyond two standard deviations.
  const beyond = values.filter((value) => Math.abs(value) > 2 * stddev).length / values.length;
  expect(beyond).toBeCloseTo(0.0455, 2);
}

describe('initial weights', () => {
  it.each([
    ['a convolution', [5, 5, 16], conv('conv', 400, 5), 5 * 5 * 16],
    ['a dense layer', [400], dense('dense', 400), 400],
  ] as const)("of %s are PyTorch's default: uniform in ±1/sqrt(fan-in)", async (_, shape, block, fanIn) => {
    await ready();
    for (const values of weightsOf(shape, block)) expectUniform(values, 1 / Math.sqrt(fanIn));
  });

  it.each([
    ['fanIn', 3 * 3 * 8],
    ['fanOut', 3 * 3 * 200],
  ] as const)("by He are normal with variance 2/fan, by %s, as PyTorch's", async (fan, size) => {
    await ready();
    const [kernel, bias] = weightsOf([5, 5, 8], conv('conv', 200, 3, { initialWeights: heNormal(fan) }));
    expectNormal(kernel, Math.sqrt(2 / size));
    expect(bias.every((value) => value === 0)).toBe(true);
  });

  it('by Glorot are uniform in ±sqrt(6 / (fan-in + fan-out))', async () => {
    await ready();
    const block = conv('conv', 200, 3, { initialWeights: glorotUniform });
    const [kernel, bias] = weightsOf([5, 5, 8], block);
    expectUniform(kernel, Math.sqrt(6 / (9 * (8 + 200))));
    expect(bias.every((value) => value === 0)).toBe(true);
  });

  it('can be normal with a chosen deviation and a constant bias', async () => {
    await ready();
    const [kernel, bias] = weightsOf(
      [100],
      dense('dense', 200, { initialWeights: normal(0.01, { bias: 1 }) }),
    );
    expectNormal(kernel, 0.01);
    expect(bias.every((value) => value === 1)).toBe(true);
  });

  it('are said in serializable terms', () => {
    for (const initialWeights of [pytorchDefault, heNormal('fanIn'), glorotUniform, normal(1)]) {
      const { kernelInitializer, biasInitializer } = initialWeights({ fanIn: 2, fanOut: 3 });
      for (const initializer of [kernelInitializer, biasInitializer]) {
        const config = initializer.getConfig();
        expect(JSON.parse(JSON.stringify(config))).toEqual(config);
      }
    }
  });
});
