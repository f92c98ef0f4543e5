import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FileSource, Split, Transform } from '@paperlab/core';
import * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tensorflow, type TensorFlowEngine } from './index.js';
import { writeImage } from './testing/image-files.js';

const COUNT = 9;
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
const toFour: Transform = { name: 'resize', size: [4, 4] };
/** Whole blocks of a tar archive, and what is in none. */
const [BLOCK, ODD] = [512, 77];

let engine: TensorFlowEngine;
let folder: string;
let files: string[];
beforeAll(async () => {
  engine = await tensorflow();
  folder = await mkdtemp(join(tmpdir(), 'paperlab-archives-'));
  files = numbers(COUNT).map((n) => path(`${n}.${n % 2 ? 'png' : 'jpg'}`));
  for (const [n, file] of files.entries()) {
    const image = tf.tidy(() =>
      tf.mul(tf.randomUniform([4 + n, 6, 3], 0, 1, 'float32', n), 255),
    ) as tf.Tensor3D;
    await writeImage(file, image);
    image.dispose();
  }
});
afterAll(() => rm(folder, { recursive: true }));

const path = (file: string) => join(folder, file);

/** The files in archives, one behind the other, with something before each. */
async function archived(perArchive: number, before: number): Promise<FileSource> {
  const archives: { path: string; parts: Buffer[] }[] = [];
  const [archive, offsets, bytes] = [new Int32Array(COUNT), new Float64Array(COUNT), new Int32Array(COUNT)];
  for (const [i, file] of files.entries()) {
    if (i % perArchive === 0) archives.push({ path: path(`${perArchive}-${before}-${i}.tar`), parts: [] });
    const content = await readFile(file);
    const { parts } = archives.at(-1)!;
    parts.push(Buffer.alloc(before, 'x'));
    archive[i] = archives.length - 1;
    offsets[i] = parts.reduce((sum, { length }) => sum + length, 0);
    bytes[i] = content.length;
    parts.push(content);
  }
  for (const { path, parts } of archives) await writeFile(path, Buffer.concat(parts));
  const paths = archives.map(({ path }) => path);
  return {
    ...plain(),
    files: files.map((_, i) => `${paths[archive[i]!]}/${i}`),
    archives: { paths, archive, offsets, bytes },
  };
}

const plain = (): FileSource => ({
  kind: 'files',
  files,
  channels: 3,
  labels: Int32Array.from(files, (_, i) => i),
});
const split = (source: FileSource): Split => ({
  size: source.files.length,
  source,
  transforms: [toFour],
  digest: 'archives',
});

/** Pixels and labels of an epoch. */
async function draw(source: FileSource) {
  const input = await engine.input(split(source), { batchSize: 4, shuffle: { seed: 3 } });
  const drawn: { pixels: number[]; labels: number[] }[] = [];
  try {
    await input.seek(1);
    for (let batch = 0; batch < input.batches; batch++) {
      const next = engine.compile(() => input.next(input.sizeOf(batch)));
      try {
        const result = await next.run();
        drawn.push({ pixels: [...result.images.dataSync()], labels: [...result.labels.dataSync()] });
        tf.dispose({ ...result });
      } finally {
        next.dispose();
      }
    }
    return drawn;
  } finally {
    input.dispose();
  }
}

describe('files in archives', () => {
  it.each([
    ['one archive', COUNT, BLOCK],
    ['several archives', 2, BLOCK],
    ['an archive each, at odd places', 1, ODD],
  ])('are drawn as those in folders: %s', async (_, perArchive, before) => {
    expect(await draw(await archived(perArchive, before))).toEqual(await draw(plain()));
  });

  it('may be behind the first 4 GiB', async () => {
    const content = readFileSync(files[0]!);
    const far = path('far.tar');
    const offset = 5 * 2 ** 30;
    const file = await open(far, 'w');
    await file.write(content, 0, content.length, offset); // a hole before it takes no disk
    await file.close();
    const [one] = await draw({
      ...plain(),
      files: ['far.tar/0.jpg'],
      labels: Int32Array.of(0),
      archives: {
        paths: [far],
        archive: Int32Array.of(0),
        offsets: Float64Array.of(offset),
        bytes: Int32Array.of(content.length),
      },
    });
    const [same] = await draw({ ...plain(), files: [files[0]!], labels: Int32Array.of(0) });
    expect(one).toEqual(same);
  });

  it('can be read on when the archive is deleted', async () => {
    const source = await archived(COUNT, BLOCK);
    const input = await engine.input(split(source), { batchSize: COUNT });
    await rm(source.archives!.paths[0]!);
    await input.seek(0);
    const { images, labels, ...rest } = input.next(COUNT);
    expect([...labels.dataSync()]).toEqual(numbers(COUNT));
    expect(images.shape).toEqual([COUNT, 4, 4, 3]);
    tf.dispose({ images, labels, ...rest });
    input.dispose();
  });

  it('leave nothing behind', async () => {
    const source = await archived(4, BLOCK);
    const missing = {
      ...source,
      archives: { ...source.archives!, paths: [...source.archives!.paths.slice(0, -1), '/no'] },
    };
    const pass = async () => {
      await draw(source);
      await expect(draw(missing)).rejects.toThrow(/^Archive \/no cannot be read: /);
      return engine.memory();
    };
    const before = await pass();
    expect(await pass()).toEqual(before);
  });
});

describe('a file in an archive that cannot be used is named', () => {
  const changed = async (change: (bytes: Int32Array, offsets: Float64Array) => void) => {
    const source = await archived(3, BLOCK);
    change(source.archives!.bytes, source.archives!.offsets);
    return source;
  };

  it.each<[string, (bytes: Int32Array, offsets: Float64Array) => void, RegExp]>([
    [
      'no image',
      (_, offsets) => (offsets[4]! -= BLOCK),
      /\.tar\/4 cannot be used: .*Unknown image file format/,
    ],
    ['empty', (bytes) => (bytes[4] = 0), /\.tar\/4 cannot be used: /],
    ['cut off', (bytes) => (bytes[4] = 160), /\.tar\/4 cannot be used: .*Invalid JPEG data/],
  ])('%s', async (_, change, reason) => {
    const failed = draw(await changed(change));
    await expect(failed).rejects.toThrow(reason);
    await expect(failed).rejects.toThrow(/^Image file [^\n]*$/);
  });

  it('with its archive if that is too short', async () => {
    const source = await archived(COUNT, BLOCK);
    const [archive] = source.archives!.paths;
    await writeFile(archive!, (await readFile(archive!)).subarray(0, -10));
    await expect(draw(source)).rejects.toThrow(
      new RegExp(`^Archive ${archive} cannot be read: [^\\n]*wrong length`),
    );
  });
});
