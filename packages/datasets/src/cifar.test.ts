import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { datasetContract } from '@paperlab/core/testing';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cifarDataset, readRecords } from './cifar.js';
import { cifar10, cifar10Statistics } from './cifar10.js';
import { cifar100 } from './cifar100.js';
import { cifar100Source, cifar10Source, type CifarSource } from './sources.js';
import { archiveOf } from './testing/archive.js';
import { type Answer, beginning, type Mirror, startMirror, status, whole } from './testing/mirror.js';
import { ownPlaces } from './testing/places.js';

const places = ownPlaces();
const plane = 1024;

/** A record whose pixel `i` is (i, 2i, 3i), all of it moved by `shift`. */
function record(labels: readonly number[], shift = 0): Uint8Array {
  const pixels = [1, 2, 3].flatMap((factor) =>
    Array.from({ length: plane }, (_, i) => (factor * i + shift) % 256),
  );
  return Uint8Array.from([...labels, ...pixels]);
}

const records = (count: number, labelsOf: (i: number) => number[], shift = 0) =>
  Buffer.concat(Array.from({ length: count }, (_, i) => record(labelsOf(i), shift + i)));

/** The members of CIFAR-10's archive, with a few records each. */
const members = Object.fromEntries(
  [...cifar10Source.train, ...cifar10Source.test].map((name, file) => [
    name,
    records(4, (i) => [(4 * file + i) % 10], 40 * file),
  ]),
);

/** CIFAR-10 as an archive of few images, on mirrors of ours. */
let archive: Buffer;
let source: CifarSource;
beforeAll(async () => {
  archive = await archiveOf(members);
  const sha256 = createHash('sha256').update(archive).digest('hex');
  source = { ...cifar10Source, archive: { ...cifar10Source.archive, bytes: archive.length, sha256 } };
});

const small = (mirrors: readonly string[] = []) =>
  cifarDataset({ ...source, mirrors }, cifar10().classNames, { count: 1, index: 0 }, {});

describe('records', () => {
  it('become pixels with their channels side by side, and labels', () => {
    const { images, labels, shape } = readRecords([record([7]), record([3], 5)], ['a', 'b'], {
      count: 1,
      index: 0,
    });
    expect(shape).toEqual([32, 32, 3]);
    expect([...labels]).toEqual([7, 3]);
    expect([...images.subarray(0, 6)]).toEqual([0, 0, 0, 1, 2, 3]);
    expect([...images.subarray(3 * plane, 3 * plane + 6)]).toEqual([5, 5, 5, 6, 7, 8]);
    expect([...images.subarray(-3)]).toEqual([(1023 + 5) % 256, (2046 + 5) % 256, (3069 + 5) % 256]);
  });

  it('may have two labels', () => {
    const file = records(2, (i) => [i, 10 + i]);
    expect([...readRecords([file], ['a'], { count: 2, index: 0 }).labels]).toEqual([0, 1]);
    const { labels, images } = readRecords([file], ['a'], { count: 2, index: 1 });
    expect([...labels]).toEqual([10, 11]);
    expect([...images.subarray(0, 6)]).toEqual([0, 0, 0, 1, 2, 3]);
  });

  it.each([0, 1, 3072, 3074])('are refused if %i bytes remain', (length) => {
    expect(() =>
      readRecords([record([1]), new Uint8Array(length)], ['a', 'b'], { count: 1, index: 0 }),
    ).toThrow(new Error(`b has ${length} bytes, which are no whole records of 3073`));
  });
});

describe('an archive in PAPERLAB_DATA', () => {
  beforeAll(async () => {
    await mkdir(join(places.data, 'cifar10'), { recursive: true });
    await writeFile(join(places.data, 'cifar10', source.archive.name), archive);
    process.env['PAPERLAB_DATA'] = places.data;
    return () => delete process.env['PAPERLAB_DATA'];
  });

  datasetContract(() => small());

  it('has the batches of train in order, and test', async () => {
    process.env['PAPERLAB_DATA'] = places.data;
    const [train, test] = [await small().open('train'), await small().open('test')];
    expect([...train.source.labels]).toEqual(Array.from({ length: 20 }, (_, i) => i % 10));
    expect([...test.source.labels]).toEqual([0, 1, 2, 3]);
    expect(train.digest).not.toBe(test.digest);
  });

  it('is refused if it is damaged', async () => {
    const path = join(places.data, 'cifar10', source.archive.name);
    await writeFile(path, archive.subarray(1));
    await expect(small().open('train')).rejects.toThrow(
      /^\S+cifar-10-binary\.tar\.gz \(PAPERLAB_DATA\) is damaged or not cifar-10-binary\.tar\.gz \(its sha256 is \w+, not \w+\): replace/,
    );
    delete process.env['PAPERLAB_DATA'];
  });
});

describe('an archive on mirrors', () => {
  const mirrors: Mirror[] = [];
  const mirror = async (...answers: Answer[]) => {
    mirrors.push(await startMirror(...answers));
    return mirrors.at(-1)!;
  };
  afterEach(async () => {
    await Promise.all(mirrors.splice(0).map((started) => started.close()));
  });

  const opened = async (...from: Mirror[]) => {
    const lines: string[] = [];
    const split = await small(from.map(({ url }) => url)).open('test', {
      report: (line) => lines.push(line),
    });
    return { split, lines };
  };

  it('is refused if none of them has it', async () => {
    const [missing, wrong] = [await mirror(status(404)), await mirror(whole(randomBytes(1000)))];
    const urls = [missing, wrong].map(({ url }) => `${url}cifar-10-binary.tar.gz`);
    await expect(opened(missing, wrong)).rejects.toThrow(
      new RegExp(
        `^cifar10 needs cifar-10-binary.tar.gz, and cifar-10-binary.tar.gz cannot be downloaded \\(${urls[0]}: 404 Not Found; ` +
          `${urls[1]}: is damaged or not cifar-10-binary.tar.gz \\(its sha256 is \\w+, not \\w+\\)\\). Other ways to it: ` +
          'the file in the folder cifar10 of PAPERLAB_DATA$',
      ),
    );
    expect(await readdir(join(places.cache, 'cifar10'))).toEqual([]);
  });

  it('is got from the one that works, in two pieces if the connection breaks, and kept', async () => {
    const missing = await mirror(status(404));
    const broken = await mirror(
      beginning(archive, 2000, (response) => response.destroy()),
      whole(archive),
    );
    const { split, lines } = await opened(missing, broken);
    expect(split.size).toBe(4);
    expect(broken.requests).toHaveLength(2);
    expect(broken.requests[1]!.headers.range).toBe('bytes=2000-');
    expect(lines[0]).toMatch(/^downloading cifar-10-binary\.tar\.gz \(/);
    expect(await readdir(join(places.cache, 'cifar10'))).toEqual(['cifar-10-binary.tar.gz']);
    expect((await opened()).lines).toEqual([]);
  });
});

describe('CIFAR-10', () => {
  it('says what it is', () => {
    expect(cifar10()).toMatchObject({ name: 'cifar10', imageShape: [32, 32, 3], config: { size: 32 } });
    expect(cifar10().classNames).toHaveLength(10);
    expect(cifar10Source.train).toHaveLength(5);
  });

  it('takes the recipe of crops and flips', () => {
    const recipe = cifar10({
      transforms: [
        { name: 'randomCrop', size: [32, 32], padding: 4 },
        { name: 'randomHorizontalFlip' },
        { name: 'scale', factor: 1 / 255, offset: 0 },
        { name: 'normalize', ...cifar10Statistics },
      ],
    });
    expect(recipe.imageShape).toEqual([32, 32, 3]);
  });
});

describe('CIFAR-100', () => {
  const labelled = (labels?: 'fine' | 'coarse') => cifar100({ labels });

  it('has 100 classes, or the 20 groups of them', () => {
    expect(new Set(labelled().classNames).size).toBe(100);
    expect(labelled().classNames).toEqual([...labelled().classNames].sort());
    expect(new Set(labelled('coarse').classNames).size).toBe(20);
    expect(labelled('coarse').config).toEqual({ labels: 'coarse', size: 32 });
    expect(labelled().config).toEqual({ labels: 'fine', size: 32 });
  });

  it.each([
    [{ labels: 'rough' }, 'labels in cifar100 is "rough"; it must be "fine" or "coarse"'],
    [{ label: 'fine' }, 'unknown key "label" in cifar100; did you mean "labels"?'],
  ])('refuses %j', (options, message) => {
    expect(() => cifar100(options as never)).toThrow(new Error(message));
  });

  it('is read from its archive', async () => {
    const packed = await archiveOf({
      [cifar100Source.train[0]!]: records(5, (i) => [i, 20 + i]),
      [cifar100Source.test[0]!]: records(3, (i) => [i, 50 + i], 7),
    });
    const sha256 = createHash('sha256').update(packed).digest('hex');
    const files: CifarSource = { ...cifar100Source, archive: { ...cifar100Source.archive, sha256 } };
    await mkdir(join(places.cache, 'cifar100'), { recursive: true });
    await writeFile(join(places.cache, 'cifar100', files.archive.name), packed);
    const open = (index: number) =>
      cifarDataset(files, labelled().classNames, { count: 2, index }, {}).open('train');
    const [coarse, fine] = [await open(0), await open(1)];
    expect([...coarse.source.labels]).toEqual([0, 1, 2, 3, 4]);
    expect([...fine.source.labels]).toEqual([20, 21, 22, 23, 24]);
    expect(coarse.digest).not.toBe(fine.digest);
  });
});
