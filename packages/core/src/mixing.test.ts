import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import { memory, setBackend, tensor1d, tensor2d, tensor4d, tidy } from '@tensorflow/tfjs-core';
import type { MixingTransform, Split, Transform } from './dataset.js';
import { mixed, mixingNumbers, mixingOf, unmixed } from './mixing.js';
import { randomDraws } from './random-transforms.js';

beforeAll(() => setBackend('cpu'));

const mixup: MixingTransform = { name: 'mixup', alpha: 0.2 };
const cutmix: MixingTransform = { name: 'cutmix', alpha: 1 };
const flip: Transform = { name: 'randomHorizontalFlip' };

/** λ of the first images of an epoch. */
const lambdas = (transform: MixingTransform, size: number, epoch = 0): number[] =>
  tidy(() => {
    const [draws] = randomDraws([transform], { seed: 1, epoch, size });
    const values = mixingNumbers(transform, draws!).dataSync();
    return Array.from({ length: size }, (_, i) => values[3 * i]!);
  });

describe('λ', () => {
  it.each([0.1, 0.2, 0.4, 1, 2, 8])('has the moments of Beta(%d, %d)', (alpha) => {
    const size = 10_000;
    const values = lambdas({ name: 'mixup', alpha }, size);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThanOrEqual(1);
    const moment = (k: number) => values.reduce((sum, value) => sum + (value - 0.5) ** k, 0) / size;
    const variance = 1 / (4 * (2 * alpha + 1));
    const fourth = ((3 / (2 * alpha + 3)) * variance) / 4;
    // Five standard errors.
    expect(Math.abs(moment(1))).toBeLessThan(5 * Math.sqrt(variance / size));
    expect(Math.abs(moment(2) - variance)).toBeLessThan(5 * Math.sqrt((fourth - variance ** 2) / size));
    expect(Math.abs(moment(4) - fourth)).toBeLessThan(5 * Math.sqrt(fourth / 16 / size));
  });

  it('is uniform where alpha is 1, and arcsine-distributed where it is a half', () => {
    const size = 10_000;
    const distance = (alpha: number, cumulative: (x: number) => number) =>
      Math.max(
        ...lambdas({ name: 'cutmix', alpha }, size)
          .toSorted((a, b) => a - b)
          .map((value, i) => Math.abs(cumulative(value) - (i + 0.5) / size)),
      );
    // Kolmogorov's distribution is above 1.95 once in a thousand times.
    const limit = 1.95 / Math.sqrt(size);
    expect(distance(1, (x) => x)).toBeLessThan(limit);
    expect(distance(0.5, (x) => (2 / Math.PI) * Math.asin(Math.sqrt(x)))).toBeLessThan(limit);
  });

  it('is a number for the first and the last that can be drawn', () => {
    const last = 1 - 2 ** -23;
    const corners = [0, 0.25, 0.5, last].flatMap((u) => [0, 0.25, 0.5, last].map((v) => [u, v, 0, 0]));
    for (const alpha of [0.01, 0.2, 1, 100]) {
      const values = tidy(() => mixingNumbers({ name: 'mixup', alpha }, tensor2d(corners)).dataSync());
      for (const value of values) expect(value >= 0 && value <= 1).toBe(true);
    }
  });

  it('is another one for each image and epoch', () => {
    const [first, second] = [lambdas(cutmix, 50), lambdas(cutmix, 50, 1)];
    expect(new Set([...first, ...second]).size).toBe(100);
    expect(lambdas(cutmix, 20)).toEqual(first.slice(0, 20));
  });
});

/** Three images of 4×6 with two channels, and labels 7, 8 and 9. */
const [H, W, C] = [4, 6, 2];
const pixel = (image: number, y: number, x: number, c: number) => 100 * image + 20 * y + 3 * x + c;
const indices = (length: number) => Array.from({ length }, (_, i) => i);
const imageOf = (value: (y: number, x: number, c: number) => number) =>
  indices(H).map((y) => indices(W).map((x) => indices(C).map((c) => value(y, x, c))));
const original = (image: number) => imageOf((...at) => pixel(image, ...at));

function mix(transform: MixingTransform, numbers: number[][]) {
  return tidy(() => {
    const images = tensor4d([0, 1, 2].map(original));
    const batch = mixed(transform, images, tensor1d([7, 8, 9], 'int32'), tensor2d(numbers));
    return {
      images: batch.images.arraySync() as number[][][][],
      labels: Array.from(batch.labels.dataSync()),
      others: Array.from(batch.mix!.labels.dataSync()),
      shares: Array.from(batch.mix!.share.dataSync()),
    };
  });
}

describe('two images', () => {
  it('are summed by mixup, as torchvision sums them: other · (1 - λ) + image · λ', () => {
    const { images, labels, others, shares } = mix(mixup, [
      [0.25, 0, 0],
      [1, 0, 0],
      [0.5, 0, 0],
    ]);
    expect(images).toEqual([
      imageOf((...at) => pixel(1, ...at) * (1 - 0.25) + pixel(0, ...at) * 0.25),
      original(1),
    ]);
    expect([labels, others, shares]).toEqual([
      [7, 8],
      [8, 9],
      [0.25, 1],
    ]);
  });

  // λ, and where row and column of the centre are drawn.
  it.each([
    [0.75, 0.5, 0.5],
    [0.75, 0, 0],
    [0.75, 0.99, 0.99],
    [0, 0.5, 0.5],
    [0, 0.99, 0],
    [1, 0.5, 0.5],
    [0.9, 0.3, 0.7],
    [0.4, 0.26, 0.84],
    [0.13, 0.8, 0.1],
  ])('are cut together by cutmix as by torchvision: λ %d, centre at %d, %d', (lambda, u, v) => {
    const { images, labels, others, shares } = mix(cutmix, [
      [lambda, u, v],
      [1, 0, 0],
      [1, 0, 0],
    ]);
    // torchvision 0.28, transforms/v2/_augment.py, CutMix.make_params
    const [rX, rY] = [Math.floor(v * W), Math.floor(u * H)];
    const r = 0.5 * Math.sqrt(1 - lambda);
    const [rWHalf, rHHalf] = [Math.trunc(r * W), Math.trunc(r * H)];
    const [x1, y1] = [Math.max(rX - rWHalf, 0), Math.max(rY - rHHalf, 0)];
    const [x2, y2] = [Math.min(rX + rWHalf, W), Math.min(rY + rHHalf, H)];
    const inBox = (y: number, x: number) => y1 <= y && y < y2 && x1 <= x && x < x2;
    expect(images).toEqual([imageOf((y, x, c) => pixel(inBox(y, x) ? 1 : 0, y, x, c)), original(1)]);
    expect([labels, others]).toEqual([
      [7, 8],
      [8, 9],
    ]);
    expect(shares[0]).toBeCloseTo(1 - ((x2 - x1) * (y2 - y1)) / (W * H), 6);
    expect(shares[1]).toBe(1);
  });

  it('leave no other tensor', () => {
    const before = memory().numTensors;
    mix(cutmix, new Array<number[]>(3).fill([0.5, 0.5, 0.5]));
    expect(memory().numTensors).toBe(before);
  });
});

it('the transform that mixes is the last one, and the only one', () => {
  expect(mixingOf([flip, mixup])).toBe(mixup);
  expect(mixingOf([flip])).toBeUndefined();
  for (const transforms of [
    [mixup, flip],
    [mixup, cutmix],
    [mixup, { ...mixup }],
  ]) {
    expect(() => mixingOf(transforms, 'digits')).toThrow(
      new Error(
        'transform mixup of digits must be the last one: it mixes images that are ready, and only once',
      ),
    );
  }
});

it('a split can do without it', () => {
  const split = { size: 1, transforms: [flip, cutmix], digest: 'x' } as unknown as Split;
  expect(unmixed(split)).toEqual({ ...split, transforms: [flip] });
});
