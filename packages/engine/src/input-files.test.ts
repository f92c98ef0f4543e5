import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FileSource, InputOptions, Split, Transform } from '@paperlab/core';
import * as tf from '@tensorflow/tfjs-core';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { tensorflow, type TensorFlowEngine } from './index.js';
import { encodeImage, writeImage } from './testing/image-files.js';

let engine: TensorFlowEngine;
let folder: string;
beforeAll(async () => {
  engine = await tensorflow();
  folder = await mkdtemp(join(tmpdir(), 'paperlab-images-'));
  for (const n of numbers(12)) await tidyWrite(`${n}.png`, () => plain(n * 20, 4 + n, 6));
});
afterAll(() => rm(folder, { recursive: true }));

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
const path = (file: string) => join(folder, file);
const plain = (value: number, height: number, width: number) =>
  tf.fill([height, width, 3], value, 'int32') as tf.Tensor3D;
const toFour: Transform = { name: 'resize', size: [4, 4] };

async function tidyWrite(file: string, make: () => tf.Tensor3D): Promise<string> {
  const image = make();
  await writeImage(path(file), image);
  image.dispose();
  return path(file);
}

/** A split of files; labels count them. */
function split(
  files: readonly string[],
  transforms: readonly Transform[],
  channels: FileSource['channels'] = 3,
): Split {
  const source = { kind: 'files', files, channels, labels: Int32Array.from(files, (_, i) => i) } as const;
  return { size: files.length, source, transforms, digest: 'files' };
}

const plainFiles = (count = 12) => numbers(count).map((n) => path(`${n}.png`));

interface Drawn {
  readonly shape: number[];
  readonly labels: number[];
  /** The first pixel's first channel of every image. */
  readonly values: number[];
}

async function draw(of: Split, options: InputOptions, { epoch = 0, batch = 0 } = {}): Promise<Drawn[]> {
  const input = await engine.input(of, options);
  try {
    await input.seek(epoch, batch);
    const drawn: Drawn[] = [];
    for (; batch < input.batches; batch++) {
      const next = engine.compile(() => input.next(input.sizeOf(batch)));
      try {
        const { images, labels, ...rest } = await next.run();
        const perImage = images.size / labels.size;
        const pixels = images.dataSync();
        drawn.push({
          shape: images.shape,
          labels: Array.from(labels.dataSync()),
          values: numbers(labels.size).map((i) => pixels[i * perImage]!),
        });
        tf.dispose({ images, labels, ...rest });
      } finally {
        next.dispose();
      }
    }
    return drawn;
  } finally {
    input.dispose();
  }
}

describe('files', () => {
  it('are decoded, transformed and batched, each with its label', async () => {
    const scale: Transform = { name: 'scale', factor: 1 / 20, offset: 0 };
    const drawn = await draw(split(plainFiles(), [toFour, scale]), { batchSize: 5 });
    expect(drawn.map(({ shape }) => shape)).toEqual([
      [5, 4, 4, 3],
      [5, 4, 4, 3],
      [2, 4, 4, 3],
    ]);
    expect(drawn.flatMap(({ labels }) => labels)).toEqual(numbers(12));
    drawn.flatMap(({ values }) => values).forEach((value, n) => expect(value).toBeCloseTo(n, 5));
  });

  it('of one size need no resize; grey is one channel', async () => {
    const files = await Promise.all(numbers(3).map((n) => tidyWrite(`same-${n}.png`, () => plain(n, 5, 7))));
    const [batch] = await draw(split(files, [], 1), { batchSize: 3 });
    expect(batch).toEqual({ shape: [3, 5, 7, 1], labels: [0, 1, 2], values: [0, 1, 2] });
  });

  it('have a map of their own, of images whose size may be open', async () => {
    const sizes: number[][] = [];
    const invert: Transform = {
      name: 'map',
      label: 'invert',
      fn: (image) => (sizes.push(image.shape), tf.sub(255, image)),
    };
    const crop: Transform = { name: 'centerCrop', size: [4, 4] };
    const [batch] = await draw(split(plainFiles(3), [invert, crop, invert]), { batchSize: 3 });
    expect(batch).toMatchObject({ shape: [3, 4, 4, 3], values: [0, 20, 40] });
    expect(sizes.slice(0, 2)).toEqual([
      [-1, -1, 3],
      [4, 4, 3],
    ]);
  });

  it('come in the order in which arrays come: by seed, epoch, shard and position', async () => {
    const images = Uint8Array.from({ length: 12 }, (_, i) => i);
    const arrays: Split = {
      ...split(plainFiles(), []),
      source: { kind: 'arrays', images, shape: [1, 1, 1], labels: Int32Array.from(images) },
    };
    const options = { batchSize: 2, shuffle: { seed: 9 }, shard: { index: 1, count: 2 }, take: 11 };
    const at = { epoch: 3, batch: 1 };
    const order = (await draw(arrays, options, at)).map(({ labels }) => labels);
    expect(order.flat()).toHaveLength(5); // one of each batch of two, and the last one's only example
    expect((await draw(split(plainFiles(), [toFour]), options, at)).map(({ labels }) => labels)).toEqual(
      order,
    );
  });
});

describe('files that cannot be used, where they are to be skipped', () => {
  const bad = async () => [
    path('none.jpg'),
    await writeFile(path('bad.png'), 'no image').then(() => path('bad.png')),
    await writeFile(path('empty.png'), '').then(() => path('empty.png')),
  ];
  const skipping = (files: readonly string[]): Split => ({ ...split(files, [toFour]), onBadImage: 'skip' });

  it('are named, and the rest is as if they were not there', async () => {
    const [none, text, empty] = (await bad()) as [string, string, string];
    const good = plainFiles(7);
    const mixed = skipping([none, ...good.slice(0, 3), text, ...good.slice(3), empty]);
    const options = { batchSize: 3, shuffle: { seed: 4 } };
    const input = await engine.input(mixed, options);
    expect(input.batches).toBe(3);
    expect(input.skipped).toEqual([
      expect.stringMatching(/^Image file .*none\.jpg cannot be used: .*No such file/),
      expect.stringMatching(/^Image file .*bad\.png cannot be used: /),
      expect.stringMatching(/^Image file .*empty\.png cannot be used: /),
    ]);
    input.dispose();
    const at = { epoch: 2, batch: 1 };
    const values = async (of: Split) => (await draw(of, options, at)).map((drawn) => drawn.values);
    expect(await values(mixed)).toEqual(await values(split(good, [toFour])));
  });

  it('that are all there are', async () => {
    await expect(engine.input(skipping(await bad()), { batchSize: 1 })).rejects.toThrow(
      /^None of the 3 images can be used\. The first: Image file .*none\.jpg cannot be used: /,
    );
  });

  it('none of which there is', async () => {
    const input = await engine.input(skipping(plainFiles(3)), { batchSize: 3 });
    expect(input.skipped).toEqual([]);
    input.dispose();
  });
});

describe('a file that cannot be used is named', () => {
  const broken = async (name: string, bytes: Uint8Array) => (await writeFile(path(name), bytes), path(name));

  it.each<[string, () => Promise<string>, RegExp]>([
    ['missing', async () => path('missing.jpg'), /No such file/],
    ['empty', () => broken('empty.jpg', new Uint8Array(0)), /DecodeJpeg/],
    ['no image', () => broken('text.png', Buffer.from('hello')), /Unknown image file format/],
    [
      'cut off',
      () => {
        const image = tf.tidy(() => tf.mul(tf.randomUniform([64, 64, 3]), 255));
        const jpeg = encodeImage(image as tf.Tensor3D, 'jpeg');
        image.dispose();
        return broken('cut.jpg', jpeg.slice(0, 300));
      },
      /Invalid JPEG data/,
    ],
  ])('%s', async (_, make, reason) => {
    const bad = await make();
    const files = [...plainFiles(7), bad, ...plainFiles(4)];
    for (const options of [{ batchSize: 4 }, { batchSize: 5, shuffle: { seed: 2 } }, { batchSize: 12 }]) {
      const failed = draw(split(files, [toFour]), options);
      await expect(failed).rejects.toThrow(`Image file ${bad} cannot be used: `);
      await expect(failed).rejects.toThrow(reason);
      await expect(failed).rejects.toThrow(/^[^\n]*$/);
    }
  });

  it('of another size than the others, when nothing resizes', async () => {
    const files = [path('0.png'), path('0.png'), path('3.png')];
    await expect(draw(split(files, []), { batchSize: 2 })).rejects.toThrow(
      /^Image file .*3\.png cannot be used: Shape of tensor .* \[7,6,3\] is not compatible with expected shape \[4,6,3\]/,
    );
  });

  it('smaller than the crop', async () => {
    const crop: Transform = { name: 'centerCrop', size: [5, 6] };
    const files = [path('3.png'), path('0.png')];
    await expect(draw(split(files, [crop]), { batchSize: 1 })).rejects.toThrow(
      /^Image file .*0\.png cannot be used/,
    );
  });

  it('the first of several, and of very many', async () => {
    const files = [
      ...plainFiles(6),
      path('gone-a.png'),
      path('1.png'),
      path('gone-b.png'),
      path('gone-c.png'),
    ];
    await expect(draw(split(files, [toFour]), { batchSize: 2 })).rejects.toThrow(/gone-a\.png/);
    const gone = [...plainFiles(6), ...numbers(500).map((n) => path(`gone-${n}.png`))];
    await expect(draw(split(gone, [toFour]), { batchSize: 4 })).rejects.toThrow(/gone-0\.png/);
  });

  it('in a call that draws several batches, and the input can be used again', async () => {
    const files = [...plainFiles(5), path('gone.png'), ...plainFiles(6)];
    const input = await engine.input(split(files, [toFour]), { batchSize: 2 });
    const sum = engine.compile(() => tf.sum(input.next(2).labels));
    const before = engine.memory();
    for (let i = 0; i < 2; i++) {
      await input.seek(0);
      await expect(sum.repeat(6)).rejects.toThrow(/gone\.png/);
      await input.seek(0, 4);
      const total = await sum.run();
      expect(total.dataSync()[0]).toBe(8 + 9);
      total.dispose();
    }
    expect(engine.memory().tensors).toBe(before.tensors);
    sum.dispose();
    input.dispose();
  });

  it('but not for what fails elsewhere in the function', async () => {
    const input = await engine.input(split(plainFiles(4), [toFour]), { batchSize: 2 });
    await input.seek(0);
    const fails = engine.compile((zero: tf.Tensor) => {
      const { labels } = input.next(2);
      return tf.floorDiv(labels, zero);
    });
    const zero = tf.scalar(0, 'int32');
    await expect(fails.run(zero)).rejects.toThrow(/division by zero/);
    tf.dispose([zero]);
    fails.dispose();
    input.dispose();
  });
});

it('files leave nothing behind', async () => {
  const bad = [...plainFiles(3), path('gone.png')];
  const pass = async () => {
    await draw(split(plainFiles(), [toFour]), { batchSize: 5, shuffle: { seed: 1 } });
    await draw(split(plainFiles(1), []), { batchSize: 1 });
    await expect(draw(split(bad, [toFour]), { batchSize: 2 })).rejects.toThrow(/gone/);
    await expect(draw(split(bad.slice(3), []), { batchSize: 2 })).rejects.toThrow(/gone/);
    return engine.memory();
  };
  const before = await pass();
  expect(await pass()).toEqual(before);
});

const cifar = resolve(import.meta.dirname, '../../../../shared/data/cifar10-jpeg.tgz');
const present = existsSync(cifar);
(present ? it : it.skip)(
  `real photos, as PIL decodes them${present ? '' : ' (no ../shared/data)'}`,
  async () => {
    execFileSync('tar', ['xzf', cifar, '-C', folder, '--wildcards', 'test/frog/00*.jpg']);
    const files = numbers(100).map((n) => path(`test/frog/${String(n).padStart(4, '0')}.jpg`));
    const input = await engine.input(split(files, []), { batchSize: 100 });
    await input.seek(0);
    const { images, labels, ...rest } = input.next(100);
    expect(images.shape).toEqual([100, 32, 32, 3]);
    const bytes = Uint8Array.from(images.dataSync());
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(
      '1cf944f2d6627007f4feda9919db81712941826d9f477caac19a27fc71fd3358',
    );
    tf.dispose({ images, labels, ...rest });
    input.dispose();
  },
);
