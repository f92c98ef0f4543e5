import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Split } from '@paperlab/core';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { duplicateImages } from './duplicates.js';
import { mnist } from './mnist.js';
import { temporaryFolder } from './testing/mirror.js';

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true }));

/** Images of two pixels. */
function split(...images: [number, number][]): Split {
  const size = images.length;
  const source = {
    kind: 'arrays',
    images: Uint8Array.from(images.flat()),
    shape: [1, 2, 1],
    labels: new Int32Array(size),
  } as const;
  return { size, source, transforms: [], digest: 'x' };
}

it('finds images that occur twice, in one split or in several', async () => {
  const train = split([1, 2], [3, 4], [1, 2], [5, 6]);
  const test = split([7, 8], [5, 6], [2, 1]);
  expect(await duplicateImages({ train, test })).toEqual([
    [
      { split: 'train', index: 0 },
      { split: 'train', index: 2 },
    ],
    [
      { split: 'train', index: 3 },
      { split: 'test', index: 1 },
    ],
  ]);
});

it('finds files of the same content', async () => {
  const files = ['a.png', 'b.png', 'c.png'].map((name) => join(folder, name));
  for (const [i, file] of files.entries()) await writeFile(file, `image ${i % 2}`);
  const of = (...paths: string[]): Split => ({
    ...split(),
    size: paths.length,
    source: { kind: 'files', files: paths, channels: 3, labels: new Int32Array(paths.length) },
  });
  expect(await duplicateImages({ train: of(files[0]!, files[1]!), test: of(files[2]!) })).toEqual([
    [
      { split: 'train', index: 0 },
      { split: 'test', index: 0 },
    ],
  ]);
  await expect(duplicateImages({ train: of(join(folder, 'none.png')) })).rejects.toThrow(
    new Error(`${join(folder, 'none.png')} cannot be read (ENOENT)`),
  );
});

it('shows that no image of MNIST is both in train and in test', async () => {
  const groups = await duplicateImages({
    train: await mnist().open('train'),
    test: await mnist().open('test'),
  });
  expect(groups.filter((group) => new Set(group.map(({ split }) => split)).size > 1)).toEqual([]);
});

it('shows that a hold-out has nothing of train', async () => {
  const held = mnist({ valid: { fraction: 0.1, seed: 7, stratified: true } });
  const [train, valid] = [await held.open('train'), await held.open('valid')];
  expect([train.size, valid.size]).toEqual([54_000, 6_000]);
  const groups = await duplicateImages({ train, valid });
  expect(groups.filter((group) => new Set(group.map(({ split }) => split)).size > 1)).toEqual([]);
});
