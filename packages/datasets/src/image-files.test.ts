import { describe, expect, it } from '@jest/globals';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOfFiles, isImageFile } from './image-files.js';
import { imageFolder } from './image-folder.js';
import { temporaryFolder } from './testing/mirror.js';

it('image files have a name for it', () => {
  const names = ['1.jpg', '1.JPEG', 'a.b.png', '1.gif', 'jpg', '.jpg', '._1.jpg', '1.jpg.txt'];
  expect(names.filter(isImageFile)).toEqual(['1.jpg', '1.JPEG', 'a.b.png']);
});

describe('the digest of files', () => {
  const digest = (count: number, name = (i: number) => `c/${i}`, size = (i: number) => i) =>
    digestOfFiles('train', count, name, size);

  it('follows part, names and sizes', () => {
    const digests = [
      digest(9999),
      digest(10_000),
      digestOfFiles(
        'val',
        9999,
        (i) => `c/${i}`,
        (i) => i,
      ),
      digest(9999, (i) => (i === 5000 ? 'c/other' : `c/${i}`)),
      digest(9999, undefined, (i) => (i === 5000 ? 1 : i)),
    ];
    expect(new Set(digests).size).toBe(digests.length);
    expect(digest(9999)).toBe(digests[0]);
  });

  it.each([1, 10_000, 10_001, 1_300_000])('of %i asks for at most 10,000 sizes', (count) => {
    const asked: number[] = [];
    digest(count, undefined, (i) => asked.push(i));
    expect(asked.length).toBeLessThanOrEqual(10_000);
    expect(asked.length).toBeGreaterThan(count < 10_000 ? 0 : 5000);
    // Spread over all of them.
    expect(asked[0]).toBe(0);
    expect(asked.at(-1)).toBeGreaterThanOrEqual(count * 0.99 - 1);
  });
});

it('a folder of many names is opened by their names and the sizes of some', async () => {
  const folder = await temporaryFolder();
  try {
    for (let label = 0; label < 12; label++) {
      const classFolder = join(folder, 'train', `class-${10 + label}`);
      await mkdir(classFolder, { recursive: true });
      await Promise.all(
        Array.from({ length: 1000 }, (_, i) => writeFile(join(classFolder, `${1000 + i}.jpg`), '')),
      );
    }
    await mkdir(join(folder, 'val'));
    const open = () => imageFolder({ folder, size: 32 }).open('train');
    const { size, source, digest } = await open();
    expect(size).toBe(12_000);
    expect(source.labels).toEqual(Int32Array.from({ length: 12_000 }, (_, i) => Math.floor(i / 1000)));
    await writeFile(join(folder, 'train', 'class-15', '1001.jpg'), 'of another size');
    expect((await open()).digest).toBe(digest);
    await writeFile(join(folder, 'train', 'class-15', '1002.jpg'), 'of another size');
    expect((await open()).digest).not.toBe(digest);
  } finally {
    await rm(folder, { recursive: true });
  }
}, 60_000);
