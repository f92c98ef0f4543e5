import { beforeAll, describe, expect, it } from '@jest/globals';
import { ready, scalar } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import {
  philox,
  randomKey,
  statelessNormal,
  statelessTruncatedNormal,
  statelessUniform,
  stepRandomness,
  withStepRandomness,
} from './random.js';

beforeAll(async () => void (await ready()));

const key = randomKey(4242, 'C1/kernel');

describe('Philox4x32-10', () => {
  // Known answers published with Random123 (kat_vectors), for counter and key of zeros.
  it('gives the known answer', () => {
    expect(philox(0, 0n)).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]);
  });
});

describe('keys', () => {
  it('differ by seed and by name, and stay what they are', () => {
    const keys = [
      randomKey(1, 'a'),
      randomKey(2, 'a'),
      randomKey(1, 'b'),
      randomKey(12, 'a'),
      randomKey(1, '2/a'),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(randomKey(1, 'a')).toBe(keys[0]);
  });
});

describe('draws', () => {
  const moments = (values: number[]) => {
    const mean = values.reduce((a, b) => a + b) / values.length;
    return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length };
  };

  it('are a function of their key', () => {
    expect(statelessUniform([5], key).dataSync()).toEqual(statelessUniform([5], key).dataSync());
    expect(statelessUniform([5], key).dataSync()).not.toEqual(statelessUniform([5], key + 1n).dataSync());
  });

  it('uniform: in its interval, with its moments', () => {
    const values = Array.from(statelessUniform([100, 100], key, -2, 4).dataSync());
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-2);
    expect(Math.max(...values)).toBeLessThan(4);
    const { mean, variance } = moments(values);
    expect(mean).toBeCloseTo(1, 1);
    expect(variance / 3).toBeCloseTo(1, 1);
  });

  it('normal: with its moments', () => {
    const { mean, variance } = moments(Array.from(statelessNormal([10_000], key, 3, 2).dataSync()));
    expect(Math.abs(mean - 3)).toBeLessThan(0.08);
    expect(variance / 4).toBeCloseTo(1, 1);
  });

  it('truncated normal: within two standard deviations', () => {
    const values = Array.from(statelessTruncatedNormal([10_000], key, 0, 0.5).dataSync());
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(1);
    expect(moments(values).variance / 0.25).toBeCloseTo(0.774, 1);
  });
});

describe('the randomness of a step', () => {
  const step = (number: number) => scalar(number, 'int32');

  it('holds while its function runs, nested or thrown out of', () => {
    const [outer, inner] = [step(1), step(2)];
    withStepRandomness(5, outer, () => {
      withStepRandomness(6, inner, () => expect(stepRandomness()).toEqual({ seed: 6, step: inner }));
      expect(stepRandomness()).toEqual({ seed: 5, step: outer });
      const failing = () => {
        throw new Error('no');
      };
      expect(() => withStepRandomness(7, inner, failing)).toThrow('no');
      expect(stepRandomness()).toEqual({ seed: 5, step: outer });
    });
    expect(stepRandomness()).toBeUndefined();
  });

  it('gives draws that have nothing in common with those of another step', () => {
    const draws = [undefined, step(1), step(2)].map((at) =>
      Array.from(statelessUniform([1000], key, 0, 1, at).dataSync()),
    );
    // Of 23 bits each: one or two may meet by chance.
    expect(new Set(draws.flat()).size).toBeGreaterThan(2990);
  });
});
