import { describe, expect, it } from '@jest/globals';
import type { Split } from '@paperlab/core';
import { datasetContract } from '@paperlab/core/testing';
import { synthetic } from './synthetic.js';

datasetContract(() => synthetic({ examples: 50 }));
describe('of another shape', () =>
  datasetContract(() =>
    synthetic({ shape: [7, 9, 1], classes: 3, examples: 20, size: 8, valid: 'train[:5]' }),
  ));

/** The images of a split, one by one. */
function imagesOf({ source, size }: Split): Uint8Array[] {
  if (source.kind !== 'arrays') throw new Error('synthetic images are in memory');
  const bytes = source.images.length / size;
  return Array.from({ length: size }, (_, i) => source.images.subarray(i * bytes, (i + 1) * bytes));
}

const distance = (one: ArrayLike<number>, other: ArrayLike<number>) =>
  Array.from(one, (value, i) => (value - other[i]!) ** 2).reduce((sum, square) => sum + square, 0);

describe('synthetic images', () => {
  it('are a function of the seed and the part', async () => {
    const digest = async (seed: number, split: 'train' | 'test') =>
      (await synthetic({ examples: 20, seed }).open(split)).digest;
    expect(await digest(0, 'train')).toBe(await digest(0, 'train'));
    expect(new Set([await digest(0, 'train'), await digest(0, 'test'), await digest(1, 'train')]).size).toBe(
      3,
    );
  });

  it('have labels in turn', async () => {
    const { source } = await synthetic({ classes: 3, examples: 7 }).open('train');
    expect([...source.labels]).toEqual([0, 1, 2, 0, 1, 2, 0]);
  });

  it('can be learned: each test image is nearest to the mean of its class in training', async () => {
    const dataset = synthetic({ shape: [8, 8, 1], classes: 5, examples: 200 });
    const [train, test] = [await dataset.open('train'), await dataset.open('test')];
    const trained = imagesOf(train);
    const means = dataset.classNames.map((_, label) => {
      const members = trained.filter((_, i) => train.source.labels[i] === label);
      return Array.from(
        { length: 64 },
        (_, i) => members.reduce((sum, image) => sum + image[i]!, 0) / members.length,
      );
    });
    const nearest = imagesOf(test).map((image) => {
      const distances = means.map((mean) => distance(image, mean));
      return distances.indexOf(Math.min(...distances));
    });
    expect(nearest).toEqual([...test.source.labels]);
  });

  it.each([
    [{ classes: 0 }, 'classes in synthetic is 0; it must be a whole number, 1 or more'],
    [
      { shape: [32, 32] },
      'shape in synthetic is a list of 2; it must be a list of three whole numbers: [height, width, channels]',
    ],
    [{ exampels: 3 }, 'unknown key "exampels" in synthetic; did you mean "examples"?'],
  ])('refuse %j', (options, message) => {
    expect(() => synthetic(options as never)).toThrow(new Error(message));
  });
});
