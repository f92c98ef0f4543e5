import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  eager,
  type Engine,
  type InputOptions,
  randomDraws,
  type Split,
  type Transform,
} from '@paperlab/core';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tensorflow, type TensorFlowEngine } from './index.js';
import { writeImage } from './testing/image-files.js';

const SIZE = 40;
const [H, W, C] = [7, 5, 3];

let engine: TensorFlowEngine;
let folder: string;
let files: string[];
beforeAll(async () => {
  engine = await tensorflow();
  folder = await mkdtemp(join(tmpdir(), 'paperlab-augmentation-'));
  files = numbers(SIZE).map((i) => join(folder, `${i}.png`));
  for (const [i, file] of files.entries()) {
    const image = tf.tensor3d(Array.from(pixelsOf(i)), [H, W, C], 'int32');
    await writeImage(file, image);
    image.dispose();
  }
});
afterAll(() => rm(folder, { recursive: true }));

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
/** Image `i`: no pixel is 0, and no two in a row or column are alike. */
const pixelsOf = (i: number) =>
  Uint8Array.from({ length: H * W * C }, (_, j) => 1 + ((i * 53 + j * 7) % 255));

const identity: Transform = { name: 'map', label: 'identity', fn: (image) => image };
const flip: Transform = { name: 'randomHorizontalFlip' };
const scale: Transform = { name: 'scale', factor: 1 / 255, offset: 0 };
const normalize: Transform = { name: 'normalize', mean: [0.5, 0.4, 0.3], std: [0.2, 0.25, 0.3] };
const crop = (h: number, w: number, padding?: number): Transform => ({
  name: 'randomCrop',
  size: [h, w],
  padding,
});

/** A split in the ways in which an engine may draw it. */
const ways: readonly [string, (transforms: readonly Transform[]) => Split][] = [
  ['by batches', (transforms) => inMemory(transforms)],
  ['one by one', (transforms) => inMemory([...transforms, identity])],
  [
    'from files',
    (transforms) => ({
      ...inMemory(transforms),
      source: { kind: 'files', files, channels: 3, labels: Int32Array.from(numbers(SIZE)) },
    }),
  ],
];

function inMemory(transforms: readonly Transform[]): Split {
  const images = Uint8Array.from(numbers(SIZE).flatMap((i) => [...pixelsOf(i)]));
  const labels = Int32Array.from(numbers(SIZE));
  return {
    size: SIZE,
    source: { kind: 'arrays', images, shape: [H, W, C], labels },
    transforms,
    digest: 'x',
  };
}

/** Images of an epoch, by number. */
async function draw(
  split: Split,
  options: InputOptions,
  epoch = 0,
  batch = 0,
  by: Engine = engine,
): Promise<Map<number, number[][][]>> {
  const input = await by.input(split, options);
  await input.seek(epoch, batch);
  const drawn = new Map<number, number[][][]>();
  for (; batch < input.batches; batch++) {
    const { images, labels, ...rest } = input.next(input.sizeOf(batch));
    const values = images.arraySync() as number[][][][];
    labels.dataSync().forEach((label, i) => drawn.set(label, values[i]!));
    tf.dispose({ images, labels, ...rest });
  }
  input.dispose();
  return drawn;
}

type Image = number[][][];

/** What the transforms mean, pixel by pixel, for image `i`. */
function expected(i: number, transforms: readonly Transform[], seed: number, epoch: number): Image {
  const tables = randomDraws(transforms, { seed, epoch, size: SIZE });
  const draws = tables.map((table) => (table.arraySync() as number[][])[i]!);
  tf.dispose(tables);
  const floor = (value: number) => Math.floor(Math.fround(value));
  const pixels = pixelsOf(i);
  const image = numbers(H).map((y) =>
    numbers(W).map((x) => numbers(C).map((c) => pixels[(y * W + x) * C + c]!)),
  );
  return transforms.reduce<Image>((before, transform) => {
    const [height, width] = [before.length, before[0]!.length];
    switch (transform.name) {
      case 'randomHorizontalFlip':
        return draws.shift()![0]! < (transform.p ?? 0.5) ? before.map((row) => row.toReversed()) : before;
      case 'randomCrop': {
        const { size, padding = 0 } = transform;
        const [u, v] = draws.shift()!;
        const top = floor(u! * (height + 2 * padding + 1 - size[0])) - padding;
        const left = floor(v! * (width + 2 * padding + 1 - size[1])) - padding;
        return numbers(size[0]).map((y) =>
          numbers(size[1]).map((x) => before[top + y]?.[left + x] ?? new Array<number>(C).fill(0)),
        );
      }
      case 'cutout': {
        const [u, v] = draws.shift()!;
        const [top, left] = [floor(u! * height), floor(v! * width)].map(
          (at) => at - Math.floor(transform.size / 2),
        );
        const inside = (at: number, first: number) => at >= first && at < first + transform.size;
        return before.map((row, y) =>
          row.map((pixel, x) => (inside(y, top!) && inside(x, left!) ? pixel.map(() => 0) : pixel)),
        );
      }
      case 'scale':
        return before.map((row) =>
          row.map((pixel) => pixel.map((value) => value * transform.factor + transform.offset)),
        );
      case 'normalize':
        return before.map((row) =>
          row.map((pixel) => pixel.map((value, c) => (value - transform.mean[c]!) / transform.std[c]!)),
        );
      default:
        throw new Error(transform.name);
    }
  }, image);
}

const recipes: Record<string, readonly Transform[]> = {
  nothing: [],
  flip: [flip],
  'never flip': [{ name: 'randomHorizontalFlip', p: 0 }],
  'always flip': [{ name: 'randomHorizontalFlip', p: 1 }],
  'crop a part': [crop(3, 4)],
  'crop a row': [crop(1, 5)],
  'crop a pixel': [crop(1, 1, 1)],
  'crop with padding': [crop(H, W, 2)],
  'crop with much padding': [crop(4, 9, 6)],
  'crop all': [crop(H, W)],
  'crop, flip': [crop(H, W, 4), flip],
  'flip, crop, flip': [flip, crop(5, 7, 3), flip],
  'crop twice': [crop(5, 3), crop(6, 6, 3)],
  cutout: [{ name: 'cutout', size: 3 }],
  'large cutout': [{ name: 'cutout', size: 8 }],
  'scale, normalize': [scale, normalize],
  'normalize, scale': [normalize, { name: 'scale', factor: 2, offset: 1 }, normalize],
  'scale, crop': [{ name: 'scale', factor: 1, offset: 3 }, crop(H, W, 2), flip],
  everything: [crop(H, W, 4), flip, scale, normalize, { name: 'cutout', size: 4 }],
};

const toUnit: Transform = { name: 'scale', factor: 1 / 255, offset: 0 };
const lighting: Transform = {
  name: 'pcaLighting',
  eigenvalues: [0.3, 0.1, 0.02],
  eigenvectors: [
    [0.6, 0.8, 0],
    [0.8, -0.6, 0],
    [0, 0, 1],
  ],
};
const jitter: Transform = { name: 'colorJitter', brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.2 };
const randAugment: Extract<Transform, { name: 'randAugment' }> = { name: 'randAugment' };
const meanOf7x5: Transform = {
  name: 'subtractMeanImage',
  shape: [H, W, C],
  values: numbers(H * W * C).map((i) => i / 10),
};

/** Of these, augmentation.test.ts has what they mean. */
const photoRecipes: Record<string, readonly Transform[]> = {
  'a resized crop': [{ name: 'randomResizedCrop', size: [4, 6] }],
  'a resized crop, antialiased': [
    { name: 'randomResizedCrop', size: [3, 2], scale: [0.5, 1], antialias: true },
  ],
  'a large resized crop': [flip, { name: 'randomResizedCrop', size: [16, 16] }, flip],
  'scale jitter': [{ name: 'randomShortSideCrop', shortSide: [4, 9], size: [4, 4] }],
  'scale jitter, antialiased': [
    crop(H, W, 1),
    { name: 'randomShortSideCrop', shortSide: [3, 6], size: [3, 3], antialias: true },
  ],
  'colour jitter': [toUnit, jitter],
  'brightness and hue': [toUnit, { name: 'colorJitter', hue: [0.1, 0.5], brightness: [0.5, 0.6] }],
  lighting: [toUnit, lighting],
  'mean image': [meanOf7x5],
  RandAugment: [randAugment, crop(H, W, 1), toUnit],
  'RandAugment, filled': [
    { ...randAugment, numOps: 3, magnitude: 3, numMagnitudeBins: 5, fill: [124, 116, 104] },
  ],
  everything: [{ name: 'randomResizedCrop', size: [6, 6] }, flip, toUnit, jitter, lighting, normalize],
};

describe.each(ways)('transforms, %s,', (_, make) => {
  it.each(Object.entries(recipes))('do what they say: %s', async (_, transforms) => {
    const drawn = await draw(make(transforms), { batchSize: 16, shuffle: { seed: 3 } }, 2);
    expect(drawn.size).toBe(SIZE);
    for (const [i, image] of drawn) {
      const wanted = expected(i, transforms, 3, 2);
      expect([image.length, image[0]!.length]).toEqual([wanted.length, wanted[0]!.length]);
      const errors = wanted
        .flat(2)
        .map((value, j) => Math.abs(value - image.flat(2)[j]!) / Math.max(1, Math.abs(value)));
      expect(Math.max(...errors)).toBeLessThanOrEqual(1e-6);
    }
  });

  it.each([
    ['', recipes['everything']!],
    [', of photos', photoRecipes['everything']!],
    [', of photos in batches', photoRecipes['colour jitter']!],
    [', by RandAugment', photoRecipes['RandAugment']!],
  ])(
    'draw the same whatever the batch size, the shard, and where an epoch is begun%s',
    async (_, transforms) => {
      const split = make(transforms);
      const shuffle = { seed: 5 };
      const all = await draw(split, { batchSize: 16, shuffle }, 1);
      const others = [
        await draw(split, { batchSize: 7, shuffle }, 1),
        await draw(split, { batchSize: 16, shuffle, shard: { index: 1, count: 3 } }, 1),
        await draw(split, { batchSize: 16, shuffle }, 1, 2),
        await draw(split, { batchSize: 5, shuffle, take: 11 }, 1),
      ];
      expect(others.map(({ size }) => size)).toEqual([40, 13, 8, 11]);
      for (const some of others) for (const [i, image] of some) expect(image).toEqual(all.get(i));
    },
  );

  it.each([
    ['crops', [crop(H, W, 4), flip]],
    ...['a large resized crop', 'scale jitter', 'colour jitter', 'lighting', 'RandAugment'].map(
      (name) => [name, photoRecipes[name]!] as [string, Transform[]],
    ),
  ])('draw anew in each epoch and for each seed: %s', async (_, transforms) => {
    const split = make(transforms);
    const draws = await Promise.all(
      [
        [1, 0],
        [1, 1],
        [2, 0],
      ].map(([seed, epoch]) => draw(split, { batchSize: 8, shuffle: { seed: seed! } }, epoch)),
    );
    for (const [one, other] of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      const same = numbers(SIZE).filter(
        (i) => JSON.stringify(draws[one]!.get(i)) === JSON.stringify(draws[other]!.get(i)),
      );
      expect(same.length).toBeLessThan(SIZE / 4);
    }
  });

  it.each([
    ['', recipes['everything']!],
    [', of photos', photoRecipes['everything']!],
  ])('hold nothing when the input is disposed%s', async (_, transforms) => {
    const split = make(transforms);
    await draw(split, { batchSize: 8 });
    const before = engine.memory();
    await draw(split, { batchSize: 8 }, 3);
    expect(engine.memory()).toEqual(before);
  });
});

it('RandAugment of images whose size only their file tells is that of images in memory', async () => {
  const [batches, oneByOne, fromFiles] = await Promise.all(
    ways.map(([, make]) => draw(make([randAugment, { ...randAugment, magnitude: 20 }]), { batchSize: 16 })),
  );
  expect(oneByOne).toEqual(batches);
  expect(fromFiles).toEqual(batches);
});

it.each([...Object.entries(recipes), ...Object.entries(photoRecipes)])(
  'plain tfjs draws the same: %s',
  async (_, transforms) => {
    const options = { batchSize: 16, shuffle: { seed: 3 } };
    const ours = await draw(inMemory(transforms), options, 2);
    const plain = eager({ backend: 'cpu' });
    const theirs = await draw(inMemory(transforms), options, 2, 0, plain);
    await plain.dispose();
    await tf.setBackend('tensorflow');
    expect([...theirs.keys()]).toEqual([...ours.keys()]);
    for (const [i, image] of theirs) {
      const values = ours.get(i)!.flat(2);
      const errors = image
        .flat(2)
        .map((value, j) => Math.abs(value - values[j]!) / Math.max(1, Math.abs(value)));
      expect(Math.max(...errors)).toBeLessThanOrEqual(5e-6);
    }
  },
);

it('images are mirrored as often as p says, and crops begin anywhere', async () => {
  const many = 4000;
  const images = Uint8Array.from({ length: many * 4 }, (_, i) => 1 + (i % 4));
  const split: Split = {
    size: many,
    source: { kind: 'arrays', images, shape: [2, 2, 1], labels: new Int32Array(many) },
    transforms: [{ name: 'randomHorizontalFlip', p: 0.25 }, crop(2, 2, 1)],
    digest: 'x',
  };
  const input = await engine.input(split, { batchSize: many });
  await input.seek(0);
  const { images: batch } = input.next(many);
  const counts = new Map<string, number>();
  for (const image of batch.arraySync() as Image[]) {
    const key = image.flat(2).join('');
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  input.dispose();
  const share = (...keys: string[]) => keys.reduce((sum, key) => sum + (counts.get(key) ?? 0), 0) / many;
  expect(counts.size).toBe(18); // nine places, mirrored or not
  expect(share('1234', '2143')).toBeCloseTo(1 / 9, 1);
  expect(share('2143') / share('1234', '2143')).toBeGreaterThan(0.19);
  expect(share('2143') / share('1234', '2143')).toBeLessThan(0.31);
});
