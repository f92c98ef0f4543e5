import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { FileSource, InputOptions, Split, Transform } from '@paperlab/core';
import * as tf from '@tensorflow/tfjs-core';
import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tensorflow, type TensorFlowEngine } from './index.js';
import { encodeImage } from './testing/image-files.js';

jest.setTimeout(60_000);

const COUNT = 20;
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
const random = (n: number, height: number, width: number) =>
  tf.tidy(() => tf.mul(tf.randomUniform([height, width, 3], 0, 1, 'float32', n + 1), 255)) as tf.Tensor3D;

let engine: TensorFlowEngine;
let root: string;
/** Bytes of images, JPEG and PNG; one of them is on its side, as Exif says. */
let images: Uint8Array[];
beforeAll(async () => {
  engine = await tensorflow();
  root = await mkdtemp(join(tmpdir(), 'paperlab-decoded-'));
  images = numbers(COUNT).map((n) => {
    const image = random(n, 20 + n, 31 - (n % 5));
    const bytes = encodeImage(image, n % 3 ? 'jpeg' : 'png');
    image.dispose();
    return n === 4 ? turned(bytes) : bytes;
  });
});
afterAll(() => rm(root, { recursive: true }));

/** A JPEG with Exif's orientation 6 in its first segment. */
function turned(jpeg: Uint8Array): Uint8Array {
  const tiff = 'MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0';
  const exif = Buffer.from(`\xff\xe1\0\x22Exif\0\0${tiff}`, 'latin1');
  return Buffer.concat([jpeg.subarray(0, 2), exif, jpeg.subarray(2)]);
}

let folder: string;
let cache: string;
let files: string[];
let lines: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(root, 'test-'));
  cache = join(folder, 'cache');
  files = images.map((_, n) => join(folder, `${n}.jpg`));
  for (const [n, file] of files.entries()) await write(file, images[n]!);
  lines = [];
});

const augmented: Transform[] = [
  { name: 'randomResizedCrop', size: [12, 12] },
  { name: 'randomHorizontalFlip' },
  { name: 'scale', factor: 1 / 255, offset: 0 },
  { name: 'normalize', mean: [0.4, 0.5, 0.6], std: [0.2, 0.3, 0.4] },
];

function split(given: Partial<FileSource> = {}, transforms = augmented): Split {
  const labels = Int32Array.from(given.files ?? files, (_, i) => i);
  const source: FileSource = { kind: 'files', files, channels: 3, labels, ...given };
  return { size: labels.length, source, transforms, digest: 'files' };
}

const cached = (of: Split): Split => ({
  ...of,
  cache: { folder: cache, report: (line) => void lines.push(line) },
});

const sha256 = (bytes: NodeJS.ArrayBufferView) => createHash('sha256').update(bytes).digest('hex');

/** All that an epoch's batches have, from one of them on. */
async function draw(of: Split, at: { epoch?: number; batch?: number } = {}, options?: Partial<InputOptions>) {
  const input = await engine.input(of, { batchSize: 6, shuffle: { seed: 3 }, ...options });
  const { epoch = 0, batch: from = 0 } = at;
  try {
    await input.seek(epoch, from);
    const drawn = numbers(input.batches - from).map((i) => {
      const { images, labels, ...rest } = input.next(input.sizeOf(from + i));
      const pixels = images.dataSync().slice();
      const values = {
        pixels: sha256(pixels),
        shape: images.shape,
        labels: [...labels.dataSync()],
      };
      tf.dispose({ images, labels, ...rest });
      return values;
    });
    return { drawn, skipped: input.skipped };
  } finally {
    input.dispose();
  }
}

/** With a time that can be given to another one, to the nanosecond. */
async function write(file: string, content: Uint8Array): Promise<void> {
  await writeFile(file, content);
  await utimes(file, 1e9, 1e9);
}

/** Changes a file's content, but neither its size nor its time of modification. */
const changeUnseen = async (file: string) => write(file, Buffer.alloc((await stat(file)).size));

const resizes: [string, Transform[]][] = [
  ['randomResizedCrop', augmented],
  ['randomResizedCrop, antialiased', [{ name: 'randomResizedCrop', size: [12, 12], antialias: true }]],
  ['randomShortSideCrop', [{ name: 'randomShortSideCrop', shortSide: [14, 18], size: [12, 12] }]],
  [
    'resize of the shorter side, randomCrop',
    [
      { name: 'resize', size: 16 },
      { name: 'randomCrop', size: [12, 12] },
    ],
  ],
  ['resize, antialiased', [{ name: 'resize', size: [12, 12], antialias: true }]],
  ['centerCrop', [{ name: 'centerCrop', size: [16, 16] }]],
  [
    'pad, randomCrop, flip',
    [
      { name: 'pad', padding: 2 },
      { name: 'randomCrop', size: [12, 12], padding: 1 },
      { name: 'randomHorizontalFlip' },
    ],
  ],
  [
    'map',
    [
      { name: 'map', label: 'invert', fn: (image) => tf.sub(255, image) },
      { name: 'resize', size: [12, 12] },
    ],
  ],
];

describe('images that are decoded once', () => {
  it.each(resizes)('are the same to the bit: %s', async (_, transforms) => {
    const of = split({}, transforms);
    expect(await draw(cached(of), { epoch: 1 })).toEqual(await draw(of, { epoch: 1 }));
  });

  it('are those of the middle of an epoch, of one worker and in grey too', async () => {
    const grey = split({ channels: 1 }, [{ name: 'randomResizedCrop', size: [12, 12] }]);
    const shard = { index: 1, count: 2 };
    for (const each of [split(), grey]) {
      const at = { epoch: 2, batch: 1 };
      expect(await draw(cached(each), at, { shard })).toEqual(await draw(each, at, { shard }));
    }
  });

  it('are decoded when they are first used, with a word of it, and not again', async () => {
    const original = await draw(split());
    expect(await draw(cached(split()))).toEqual(original);
    expect(lines[0]).toMatch(/^decoding 20 images into \S+cache, about 1 MB, which is done once$/);
    expect(lines.slice(1)).toEqual(numbers(9).map((n) => `decoded ${2 * n + 2} of 20 images`));
    expect(await readdir(cache)).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.pixels$/)]);
    lines = [];
    for (const file of files) await changeUnseen(file);
    await expect(draw(split())).rejects.toThrow(/Unknown image file format/);
    expect(await draw(cached(split()))).toEqual(original);
    const other = split({}, [{ name: 'resize', size: [5, 5] }]);
    expect((await draw(cached(other))).drawn).toHaveLength(4); // made without the transforms, it is good for any
    expect(lines).toEqual([]);
  });

  it('are decoded anew if a file is another, or has another time, or the digest is another', async () => {
    await draw(cached(split()));
    await copyFile(files[1]!, files[0]!);
    expect(await draw(cached(split()))).toEqual(await draw(split()));
    await utimes(files[2]!, new Date(), new Date(Date.now() - 5000));
    await draw(cached(split()));
    await draw(cached({ ...split(), digest: 'others' }));
    expect(lines.filter((line) => line.startsWith('decoding'))).toHaveLength(4);
    expect(await readdir(cache)).toHaveLength(1);
  });

  it('are decoded anew if what was kept is damaged', async () => {
    await draw(cached(split()));
    const [name] = await readdir(cache);
    const whole = await readFile(join(cache, name!));
    for (const bad of [
      Buffer.alloc(0),
      whole.subarray(0, -9),
      whole.subarray(9),
      Buffer.alloc(whole.length, 1),
    ]) {
      await writeFile(join(cache, name!), bad);
      expect(await draw(cached(split()))).toEqual(await draw(split()));
    }
    expect(lines.filter((line) => line.startsWith('decoding'))).toHaveLength(5);
  });

  it('may be in archives, which count by their own sizes and times', async () => {
    const archive = join(folder, 'all.tar');
    await write(archive, Buffer.concat(images));
    const bytes = Int32Array.from(images, ({ length }) => length);
    let end = 0;
    const offsets = Float64Array.from(images, ({ length }) => (end += length) - length);
    const archives = { paths: [archive], archive: new Int32Array(COUNT), offsets, bytes };
    const of = split({ files: files.map((_, n) => `all.tar/${n}`), archives });
    const original = await draw(split());
    expect(await draw(cached(of))).toEqual(original);
    await changeUnseen(archive);
    expect(await draw(cached(of))).toEqual(original);
    await writeFile(archive, Buffer.concat(images));
    expect(await draw(cached(of))).toEqual(original);
    expect(lines.filter((line) => line.startsWith('decoding'))).toHaveLength(2);
  });

  it('stop at once when their signal says so, and leave nothing', async () => {
    const abort = new AbortController();
    const report = (line: string) => line.startsWith('decoded') && abort.abort(new Error('Ctrl-C'));
    const of: Split = { ...split(), cache: { folder: cache, report, signal: abort.signal } };
    await expect(draw(of)).rejects.toThrow('Ctrl-C');
    expect(await readdir(cache)).toEqual([]);
  });

  it('leave nothing behind in memory', async () => {
    const pass = async () => {
      await draw(cached(split()));
      await rm(cache, { recursive: true });
      return engine.memory();
    };
    const before = await pass();
    expect(await pass()).toEqual(before);
  });
});

describe('bad images', () => {
  beforeEach(() => writeFile(files[7]!, 'no image'));

  it('end it, named, and nothing is kept', async () => {
    await expect(draw(cached(split()))).rejects.toThrow(
      new RegExp(`^Image file ${files[7]} cannot be used: [^\\n]*Unknown image file format`),
    );
    expect(await readdir(cache)).toEqual([]);
  });

  it('are left out where they are to be skipped, and known the next time', async () => {
    await rm(files[3]!);
    const of: Split = { ...split(), onBadImage: 'skip' };
    const original = await draw(of);
    expect(original.skipped).toHaveLength(2);
    expect(await draw(cached(of))).toEqual(original);
    await changeUnseen(files[0]!);
    expect(await draw(cached(of))).toEqual(original);
    await expect(draw(cached(split()))).rejects.toThrow(/^Image file \S+3\.jpg cannot be used: /);
    await expect(
      draw(cached({ ...of, size: 1, source: { ...split({ files: [files[7]!] }).source } as FileSource })),
    ).rejects.toThrow(/^None of the 1 images can be used/);
  });
});

it('a folder that cannot be written to is said in one line, and images are decoded as without', async () => {
  await writeFile(cache, 'a file');
  expect(await draw(cached(split()))).toEqual(await draw(split()));
  expect(lines).toEqual([
    expect.stringMatching(
      /^decoded images cannot be kept in \S+cache \(E\w+\), and are decoded again in every epoch; set XDG_CACHE_HOME to a/,
    ),
  ]);
});
