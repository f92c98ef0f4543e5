import { beforeAll, describe, expect, it } from '@jest/globals';
import { eager, type Engine, type Split, type Transform } from '@paperlab/core';
import '@tensorflow/tfjs-backend-cpu';
import { colorStatistics, meanImage } from './color-statistics.js';

let engine: Engine;
beforeAll(() => {
  engine = eager({ backend: 'cpu' });
});

const toUnit: Transform = { name: 'scale', factor: 1 / 255, offset: 0 };
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

function split(
  images: number[],
  shape: readonly [number, number, number],
  transforms: readonly Transform[],
): Split {
  const size = images.length / (shape[0] * shape[1] * shape[2]);
  const source = {
    kind: 'arrays',
    images: Uint8Array.from(images),
    shape,
    labels: new Int32Array(size),
  } as const;
  return { size, source, transforms, digest: 'x' };
}

/** More than one batch of 2×3 pixels, whose green follows red, and blue what is left of it. */
const colours = numbers(150 * 6).flatMap((i) => {
  const [red, other] = [(i * 37) % 200, (i * 101) % 50];
  return [red, Math.round(red / 2 + other), 250 - red];
});

describe('the statistics of colours', () => {
  it('are those of all pixels, as the transforms that are not random leave them', async () => {
    const transforms: Transform[] = [{ name: 'randomHorizontalFlip' }, toUnit, { name: 'cutout', size: 2 }];
    const { mean, std, covariance } = await colorStatistics(split(colours, [2, 3, 3], transforms), engine);
    const channel = (c: number) => colours.filter((_, i) => i % 3 === c).map((value) => value / 255);
    const average = (values: number[]) => values.reduce((sum, value) => sum + value) / values.length;
    const means = numbers(3).map((c) => average(channel(c)));
    expect(mean).toEqual(means.map((value) => expect.closeTo(value, 6)));
    for (const i of numbers(3)) {
      for (const j of numbers(3)) {
        const [one, other] = [channel(i), channel(j)];
        const products = one.map((value, k) => (value - means[i]!) * (other[k]! - means[j]!));
        expect(covariance[i]![j]).toBeCloseTo(average(products), 6);
      }
      expect(std[i]! ** 2).toBeCloseTo(covariance[i]![i]!, 10);
    }
  });

  it('have the principal components for pcaLighting', async () => {
    const { covariance, eigenvalues, eigenvectors } = await colorStatistics(
      split(colours, [2, 3, 3], [toUnit]),
      engine,
    );
    expect(eigenvalues).toEqual([...eigenvalues].sort((a, b) => b - a));
    expect(eigenvalues[2]).toBeGreaterThan(-1e-9);
    const trace = covariance.reduce((sum, row, i) => sum + row[i]!, 0);
    expect(eigenvalues.reduce((sum, value) => sum + value)).toBeCloseTo(trace, 10);
    // Red and blue go opposite ways.
    expect(Math.sign(eigenvectors[0]![0]! * eigenvectors[0]![2]!)).toBe(-1);
  });
});

describe('the mean image', () => {
  it('is the mean of every pixel and channel', async () => {
    const images = [
      0, 10, 20, 30, 40, 50, 60, 70, 10, 10, 10, 10, 10, 10, 10, 10, 5, 1, 3, 2, 10, 60, 200, 100,
    ];
    const mean = await meanImage(split(images, [2, 2, 2], []), engine);
    expect(mean.shape).toEqual([2, 2, 2]);
    expect(mean.values).toEqual([5, 7, 11, 14, 20, 40, 90, 60]);
    expect(JSON.parse(JSON.stringify(mean))).toEqual(mean);
  });

  it('taken away leaves a mean of 0', async () => {
    const plain = split(colours, [2, 3, 3], [toUnit]);
    const mean = await meanImage(plain, engine);
    const left = await meanImage(
      { ...plain, transforms: [toUnit, { name: 'subtractMeanImage', ...mean }] },
      engine,
    );
    for (const value of left.values) expect(Math.abs(value)).toBeLessThanOrEqual(1e-5);
  });

  it('is of images that the transforms make', async () => {
    const crop: Transform = { name: 'centerCrop', size: [1, 1] };
    const images = numbers(18).map((i) => i * 2);
    expect(await meanImage(split(images, [3, 3, 1], [crop]), engine)).toEqual({
      shape: [1, 1, 1],
      values: [17],
    });
  });
});
