import { describe, expect, it } from '@jest/globals';
import type { Transform } from '@paperlab/core';
import { datasetContract } from '@paperlab/core/testing';
import { type ImageOptions, imageDataset } from './image-dataset.js';

const parts = { train: 20, test: 6 };
const scale: Transform = { name: 'scale', factor: 1 / 255, offset: 0 };

/** Images of 2×3 gray pixels that are their number; labels take turns. */
const digits = (options: ImageOptions = {}) =>
  imageDataset(
    {
      name: 'digits',
      classNames: ['even', 'odd'],
      shape: [2, 3, 1],
      parts: ['train', 'test'],
      read: async (part) => {
        const size = parts[part as keyof typeof parts];
        const images = Uint8Array.from({ length: 6 * size }, (_, i) => Math.floor(i / 6));
        const labels = Int32Array.from({ length: size }, (_, i) => i % 2);
        return { source: { kind: 'arrays', images, shape: [2, 3, 1], labels }, digest: part.padEnd(64, '0') };
      },
    },
    options,
  );

async function numbers(options: ImageOptions, split: 'train' | 'valid' | 'test'): Promise<number[]> {
  const { source, size } = await digits(options).open(split);
  if (source.kind !== 'arrays') throw new Error('digits are in memory');
  expect(source.images).toHaveLength(6 * size);
  const firsts = Array.from({ length: size }, (_, i) => source.images[6 * i]!);
  expect([...source.labels]).toEqual(firsts.map((number) => number % 2));
  return firsts;
}

const range = (first: number, end: number) => Array.from({ length: end - first }, (_, i) => first + i);

datasetContract(() => digits({ valid: { fraction: 0.25, seed: 1 } }));
describe('with a mean image and random parts', () =>
  datasetContract(() =>
    digits({
      transforms: [
        { name: 'randomResizedCrop', size: [3, 3] },
        scale,
        { name: 'colorJitter', contrast: 0.5 },
        { name: 'subtractMeanImage', shape: [3, 3, 1], values: new Array<number>(9).fill(0.5) },
      ],
    }),
  ));

describe('splits', () => {
  it('are whole parts by default', async () => {
    expect(await numbers({}, 'train')).toEqual(range(0, 20));
    expect(await numbers({}, 'valid')).toEqual(range(0, 6));
    expect(await numbers({}, 'test')).toEqual(range(0, 6));
  });

  it('may be slices', async () => {
    const options = { valid: 'train[90%:]', test: 'test[:2]' };
    expect(await numbers(options, 'train')).toEqual(range(0, 18));
    expect(await numbers(options, 'valid')).toEqual([18, 19]);
    expect(await numbers(options, 'test')).toEqual([0, 1]);
  });

  it('may be drawn: images that are no neighbours, with their labels', async () => {
    const options = { valid: { fraction: 0.3, seed: 5, stratified: true } };
    const [train, valid] = [await numbers(options, 'train'), await numbers(options, 'valid')];
    expect(valid).not.toEqual(range(valid[0]!, valid[0]! + 6));
    expect(valid.filter((number) => number % 2 === 0)).toHaveLength(3);
    expect([...train, ...valid].sort((one, other) => one - other)).toEqual(range(0, 20));
  });

  it('have digests that tell which images they have', async () => {
    const digest = async (options: ImageOptions, split: 'train' | 'valid') =>
      (await digits(options).open(split)).digest;
    const slice = await digest({ valid: 'train[90%:]' }, 'valid');
    expect(slice).toHaveLength(36);
    expect(await digest({ valid: 'train[-10%:]' }, 'valid')).toBe(slice);
    expect(await digest({ train: 'train[18:]' }, 'train')).toBe(slice);
    const others = [
      await digest({}, 'train'),
      await digest({}, 'valid'),
      await digest({ valid: 'train[90%:]' }, 'train'),
      await digest({ valid: 'train[80%:]' }, 'valid'),
      await digest({ valid: { fraction: 0.1 } }, 'valid'),
      await digest({ valid: { fraction: 0.1, seed: 1 } }, 'valid'),
    ];
    expect(new Set([slice, ...others]).size).toBe(7);
  });
});

describe('transforms', () => {
  const opened = async (options: ImageOptions) => {
    const dataset = digits(options);
    const [train, valid] = [await dataset.open('train'), await dataset.open('valid')];
    return { shape: dataset.imageShape, train: train.transforms, valid: valid.transforms };
  };

  it('scale pixels to 0..1 by default, after resizing', async () => {
    expect(await opened({})).toEqual({ shape: [2, 3, 1], train: [scale], valid: [scale] });
    const resized = [{ name: 'resize', size: [4, 4] }, scale];
    expect(await opened({ size: 4 })).toEqual({ shape: [4, 4, 1], train: resized, valid: resized });
    expect((await opened({ size: [2, 3] })).train).toEqual([scale]);
  });

  it('are random in training only', async () => {
    const crop: Transform = { name: 'randomCrop', size: [2, 3], padding: 1 };
    const flip: Transform = { name: 'randomHorizontalFlip' };
    const cutout: Transform = { name: 'cutout', size: 2 };
    const { train, valid } = await opened({ transforms: [crop, flip, scale, cutout] });
    expect(train).toEqual([crop, flip, scale, cutout]);
    expect(valid).toEqual([scale]);
  });

  it('take the middle of photos in evaluation where training takes a random part', async () => {
    const part: Transform = { name: 'randomResizedCrop', size: [224, 224] };
    const jitter: Transform = { name: 'colorJitter', brightness: 0.4 };
    const photos = imageDataset(
      {
        name: 'photos',
        classNames: ['cat'],
        shape: [-1, -1, 3],
        parts: ['train', 'test'],
        read: async () => ({
          source: { kind: 'files', files: ['cat.jpg'], channels: 3, labels: Int32Array.of(0) },
          digest: '0'.repeat(64),
        }),
      },
      { transforms: [part, scale, jitter] },
    );
    expect(photos.imageShape).toEqual([224, 224, 3]);
    expect((await photos.open('train')).transforms).toEqual([part, scale, jitter]);
    expect((await photos.open('test')).transforms).toEqual([
      { name: 'resize', size: 256 },
      { name: 'centerCrop', size: [224, 224] },
      scale,
    ]);
  });

  it('are refused if images for training and evaluation get different sizes', () => {
    const options: ImageOptions = { transforms: [{ name: 'randomCrop', size: [2, 2] }] };
    expect(() => digits(options)).toThrow(
      'the transforms of digits make images of 2×2×1 for training and of 2×3×1 for evaluation, where random ones are ' +
        'left out; add one that settles the size, such as centerCrop',
    );
    expect(
      digits({ transforms: [...options.transforms!, { name: 'centerCrop', size: [2, 2] }] }).imageShape,
    ).toEqual([2, 2, 1]);
  });
});

describe('options', () => {
  it('are recorded', () => {
    expect(digits().config).toEqual({ size: [2, 3] });
    const map: Transform = { name: 'map', label: 'negative', fn: (image) => image };
    const valid = { fraction: 0.1, stratified: true };
    expect(digits({ size: 4, valid, test: 'test[:3]', transforms: [map] }).config).toEqual({
      size: 4,
      valid,
      test: 'test[:3]',
      transforms: [{ name: 'map', label: 'negative' }],
    });
  });

  it.each([
    [
      { valid: 3 },
      'valid in digits is 3; it must be a slice, such as "train[90%:]", or { fraction, seed, stratified }',
    ],
    [{ train: 3 }, 'train in digits is 3; it must be a slice, such as "train[:90%]"'],
    [{ transforms: 'flip' }, 'transforms in digits is "flip"; it must be a list of transforms'],
    [{ tranforms: [] }, 'unknown key "tranforms" in digits; did you mean "transforms"?'],
  ])('are refused: %j', (options, message) => {
    expect(() => digits(options as never)).toThrow(new Error(message));
  });
});
