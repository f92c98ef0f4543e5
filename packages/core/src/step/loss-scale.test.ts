import { beforeAll, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import { memory, mul, ready, scalar, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { LossScale } from './loss-scale.js';

beforeAll(() => ready());

const values = (scale: LossScale) => Object.values(scale.variables).map((variable) => variable.dataSync()[0]);
const update = (scale: LossScale, finite: 0 | 1) => tidy(() => scale.update(scalar(finite)));

it('is halved at an overflow, down to 1, and counts steps anew', () => {
  const scale = new LossScale();
  expect(values(scale)).toEqual([2 ** 15, 0]);
  update(scale, 1);
  expect(values(scale)).toEqual([2 ** 15, 1]);
  update(scale, 0);
  expect(values(scale)).toEqual([2 ** 14, 0]);
  for (let i = 0; i < 20; i++) update(scale, 0);
  expect(values(scale)).toEqual([1, 0]);
  scale.dispose();
});

it('is doubled after 2,000 steps without an overflow', () => {
  const scale = new LossScale();
  for (let i = 0; i < 1999; i++) update(scale, 1);
  expect(values(scale)).toEqual([2 ** 15, 1999]);
  update(scale, 1);
  expect(values(scale)).toEqual([2 ** 16, 0]);
  scale.dispose();
});

it('changes no bit of what it scales and scales back, and leaves nothing behind', () => {
  const before = memory().numTensors;
  const scale = new LossScale();
  const gradient = [0.1, -3e-30, 12345.678, 0];
  const [back] = tidy(() =>
    scale
      .unscaled([mul(tensor1d(gradient), scale.scaled(scalar(1)))])
      .map((tensor) => [...tensor.dataSync()]),
  );
  expect(back).toEqual([...Float32Array.from(gradient)]);
  scale.dispose();
  expect(memory().numTensors).toBe(before);
});
