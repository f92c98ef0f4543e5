import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FileSource, SplitName } from '@paperlab/core';
import { datasetContract } from '@paperlab/core/testing';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { cifar10 } from './cifar10.js';
import { duplicateImages } from './duplicates.js';
import { imageFolder, type ImageFolderOptions } from './image-folder.js';
import { temporaryFolder } from './testing/mirror.js';

/** Opening a folder reads names only, so that the files may hold anything. */
const files = [
  'train/cat/2.jpg',
  'train/cat/10.JPEG',
  'train/cat/1.png',
  'train/cat/notes.txt',
  'train/dog/1.jpg',
  'train/dog/2.jpg',
  'train/.hidden/1.jpg',
  'val/dog/3.jpg',
  'readme.md',
];

let folder: string;
let photos: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  photos = join(folder, 'photos');
  for (const file of files) {
    await mkdir(dirname(join(photos, file)), { recursive: true });
    await writeFile(join(photos, file), file);
  }
});
afterAll(() => rm(folder, { recursive: true }));

const make = (options: Partial<ImageFolderOptions> = {}) =>
  imageFolder({ folder: photos, size: 32, ...options });

async function open(split: SplitName, options: Partial<ImageFolderOptions> = {}) {
  const { source, size } = await make(options).open(split);
  const { files, labels, channels } = source as FileSource;
  return { size, channels, images: files.map((file, i) => `${labels[i]} ${file.slice(photos.length + 1)}`) };
}

datasetContract(() => make());

describe('an image folder', () => {
  it('says what becomes of bad images', async () => {
    expect((await make({ onBadImage: 'skip' }).open('train')).onBadImage).toBe('skip');
    expect(make({ onBadImage: 'skip' }).config).toMatchObject({ onBadImage: 'skip' });
    expect((await make().open('train')).onBadImage).toBeUndefined();
    expect(() => make({ onBadImage: 'drop' as never })).toThrow(
      'onBadImage in imageFolder is "drop"; it must be "error" or "skip"',
    );
  });

  it('has the images of the class folders, sorted, and no other files', async () => {
    expect(make()).toMatchObject({
      name: 'image-folder',
      classNames: ['cat', 'dog'],
      imageShape: [32, 32, 3],
    });
    expect((await open('train')).images).toEqual([
      '0 train/cat/1.png',
      '0 train/cat/10.JPEG',
      '0 train/cat/2.jpg',
      '1 train/dog/1.jpg',
      '1 train/dog/2.jpg',
    ]);
    expect(await open('valid')).toEqual({ size: 1, channels: 3, images: ['1 val/dog/3.jpg'] });
    expect(await open('test')).toEqual(await open('valid'));
  });

  it('may have class names in another order, grey images, and splits of its own', async () => {
    const options = { classNames: ['dog', 'cat'], channels: 1, valid: 'train[:40%]', test: 'val' } as const;
    expect(await open('valid', options)).toEqual({
      size: 2,
      channels: 1,
      images: ['0 train/dog/1.jpg', '0 train/dog/2.jpg'],
    });
    expect((await open('train', options)).images.map((image) => image[0])).toEqual(['1', '1', '1']);
  });

  it('is looked for in PAPERLAB_DATA too', async () => {
    process.env['PAPERLAB_DATA'] = folder;
    expect((await make({ folder: 'photos' }).open('train')).size).toBe(5);
    delete process.env['PAPERLAB_DATA'];
  });

  it('has a digest that follows names and sizes', async () => {
    const digest = async () => (await make().open('train')).digest;
    const before = await digest();
    expect((await make().open('valid')).digest).not.toBe(before);
    await writeFile(join(photos, files[0]!), 'longer than it was before');
    expect(await digest()).not.toBe(before);
    await writeFile(join(photos, files[0]!), files[0]!);
    expect(await digest()).toBe(before);
  });

  it('needs no size if a transform settles it', () => {
    const transforms = [
      { name: 'resize', size: 40 },
      { name: 'centerCrop', size: [36, 36] },
    ] as const;
    expect(make({ size: undefined, transforms }).imageShape).toEqual([36, 36, 3]);
  });
});

describe('an image folder is refused', () => {
  it.each<[string, Partial<ImageFolderOptions>, () => string]>([
    [
      'without a size',
      { size: undefined },
      () =>
        'the images of image-folder have a size of their own each; say which they get, such as { size: 32 }',
    ],
    [
      'that is not there',
      { folder: '/no/such' },
      () => 'image-folder needs the folder /no/such; there is none',
    ],
    [
      'with a name that none has',
      { name: 'My photos' },
      () =>
        'name in imageFolder is "My photos"; it must be letters, digits and hyphens, as image-folder has them',
    ],
  ])('%s', (_, options, message) => {
    expect(() => make(options)).toThrow(new Error(message()));
  });

  it('that is a file', () => {
    const file = join(photos, 'readme.md');
    expect(() => make({ folder: file })).toThrow(new Error(`image-folder needs a folder; ${file} is a file`));
  });

  it('without train, or without classes in it', async () => {
    const cat = join(photos, 'train', 'cat');
    expect(() => make({ folder: join(photos, 'train') })).toThrow(
      `image-folder needs a folder train with a folder for each class in ${join(photos, 'train')}; there is none`,
    );
    await mkdir(join(folder, 'empty', 'train'), { recursive: true });
    await mkdir(join(folder, 'empty', 'val'), { recursive: true });
    expect(() => make({ folder: join(folder, 'empty') })).toThrow(
      `image-folder finds no class folders in ${join(folder, 'empty', 'train')}`,
    );
    await expect(make({ classNames: ['dog'] }).open('train')).rejects.toThrow(
      `${cat} is no class of image-folder; take the folder away, or name it in classNames`,
    );
  });

  it('without images', async () => {
    await mkdir(join(folder, 'bare', 'train', 'cat'), { recursive: true });
    await mkdir(join(folder, 'bare', 'val'), { recursive: true });
    await expect(make({ folder: join(folder, 'bare') }).open('train')).rejects.toThrow(
      `image-folder finds no .jpg, .jpeg or .png files in the class folders of ${join(folder, 'bare', 'train')}`,
    );
  });
});

const archive = resolve('../../../shared/data/cifar10-jpeg.tgz');
const [real, why] = existsSync(archive) ? [describe, ''] : [describe.skip, ' (skipped: no ../shared/data)'];

real(`all images of CIFAR-10 as JPEG${why}`, () => {
  let cifar: string;
  beforeAll(async () => {
    cifar = join(folder, 'cifar10-jpeg');
    await mkdir(cifar);
    execFileSync('tar', ['-xzf', archive, '-C', cifar]);
  }, 120_000);

  const jpeg = () =>
    imageFolder({
      folder: cifar,
      name: 'cifar10-jpeg',
      size: 32,
      valid: { fraction: 0.1, seed: 1, stratified: true },
    });

  it('have the classes of CIFAR-10 and 6000 images of each', async () => {
    expect(jpeg().classNames).toEqual(cifar10().classNames);
    const counts = async (split: SplitName) => {
      const { source } = await jpeg().open(split);
      return jpeg().classNames.map((_, label) => source.labels.filter((other) => other === label).length);
    };
    expect(await counts('train')).toEqual(new Array(10).fill(4500));
    expect(await counts('valid')).toEqual(new Array(10).fill(500));
    expect(await counts('test')).toEqual(new Array(10).fill(1000));
  });

  it('have no file both in train and in valid', async () => {
    const [train, valid] = [await jpeg().open('train'), await jpeg().open('valid')];
    const names = new Set((train.source as FileSource).files);
    expect((valid.source as FileSource).files.filter((file) => names.has(file))).toEqual([]);
    const sample = { ...valid, size: 1000 };
    const groups = await duplicateImages({ train: { ...train, size: 1000 }, valid: sample });
    expect(groups).toEqual([]);
  });
});
