import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Input, InputOptions, Split, Transform } from '@paperlab/core';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { tensorflow, type TensorFlowEngine } from './index.js';

let engine: TensorFlowEngine;
beforeAll(async () => {
  engine = await tensorflow();
});

/** Images of 2 x 2 whose pixels and label are their number. */
function numbered(size: number, transforms: Split['transforms'] = []): Split {
  const images = Uint8Array.from({ length: size * 4 }, (_, i) => Math.floor(i / 4));
  const labels = Int32Array.from({ length: size }, (_, i) => i);
  return {
    size,
    source: { kind: 'arrays', images, shape: [2, 2, 1], labels },
    transforms,
    digest: 'numbered',
  };
}

/** Makes the input draw one by one. */
const oneByOne: Transform = { name: 'map', label: 'identity', fn: (image) => image };

/** The labels of the batches that are left in an epoch. */
function rest(input: Input, from = 0): number[][] {
  return Array.from({ length: input.batches - from }, (_, i) => {
    const { images, labels, waited } = input.next(input.sizeOf(from + i));
    const numbers = Array.from(labels.dataSync());
    expect(Array.from(images.dataSync())).toEqual(numbers.flatMap((n) => [n, n, n, n]));
    tf.dispose([images, labels, waited!]);
    return numbers;
  });
}

/** The labels of an epoch. */
async function labels(split: Split, options: InputOptions, epoch = 0): Promise<number[][]> {
  const input = await engine.input(split, options);
  await input.seek(epoch);
  const given = rest(input);
  input.dispose();
  return given;
}

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);

describe.each([
  ['by batches', numbered],
  ['one by one', (size: number) => numbered(size, [oneByOne])],
])('input, drawn %s,', (_, make) => {
  it('gives every image once, in order, the last batch smaller', async () => {
    expect(await labels(make(10), { batchSize: 4 })).toEqual([
      [0, 1, 2, 3],
      [4, 5, 6, 7],
      [8, 9],
    ]);
  });

  it('shuffles by seed and epoch alone', async () => {
    const order = async (seed: number, epoch: number) =>
      (await labels(make(100), { batchSize: 32, shuffle: { seed } }, epoch)).flat();
    const first = await order(1, 0);
    expect(sorted(first)).toEqual(numbers(100));
    expect(first).not.toEqual(numbers(100));
    expect(await order(1, 0)).toEqual(first);
    expect(await order(1, 1)).not.toEqual(first);
    expect(await order(2, 0)).not.toEqual(first);
    expect((await labels(make(100), { batchSize: 7, shuffle: { seed: 1 } })).flat()).toEqual(first);
  });

  it('goes on from a batch in the middle as if it had come there', async () => {
    const input = await engine.input(make(50), { batchSize: 8, shuffle: { seed: 3 } });
    await input.seek(2);
    const whole = rest(input);
    await input.seek(2, 3);
    expect(rest(input, 3)).toEqual(whole.slice(3));
    input.dispose();
  });

  it('takes the first examples of the split', async () => {
    expect(await labels(make(10), { batchSize: 2, take: 3 })).toEqual([[0, 1], [2]]);
    expect(sorted((await labels(make(10), { batchSize: 2, take: 3, shuffle: { seed: 1 } })).flat())).toEqual([
      0, 1, 2,
    ]);
    expect((await labels(make(3), { batchSize: 2, take: 10 })).flat()).toEqual([0, 1, 2]);
  });

  it('becomes part of a compiled function', async () => {
    const input = await engine.input(make(6), { batchSize: 2 });
    await input.seek(0);
    const sums = engine.compile(() => [tf.sum(input.next(2).labels)]);
    const read = async (outputs: Promise<readonly tf.Tensor[]>) => Array.from((await outputs)[0]!.dataSync());
    expect(await read(sums.run())).toEqual([1]);
    expect(await read(sums.repeat(2))).toEqual([5, 9]);
    await expect(sums.run()).rejects.toThrow(/End of sequence|OUT_OF_RANGE/);
    await input.seek(1);
    expect(await read(sums.run())).toEqual([1]);
    sums.dispose();
    input.dispose();
  });

  it('draws for repeated calls no more than they use', async () => {
    const input = await engine.input(make(12), { batchSize: 2 });
    await input.seek(0);
    const compiled = engine.compile((offset: tf.Scalar) => {
      const [first, second] = [input.next(2), input.next(2)];
      return tf.add(tf.stack([first.labels, second.labels]), offset);
    });
    const twice = await compiled.repeat(2, tf.tensor1d([0, 100], 'int32') as unknown as tf.Scalar);
    expect(twice.arraySync()).toEqual([
      [
        [0, 1],
        [2, 3],
      ],
      [
        [104, 105],
        [106, 107],
      ],
    ]);
    expect(rest(input, 4)).toEqual([
      [8, 9],
      [10, 11],
    ]);
    tf.dispose(twice);
    compiled.dispose();
    input.dispose();
  });

  it('is not for the functions of another dataset', async () => {
    const input = await engine.input(make(4), { batchSize: 2 });
    await input.seek(0);
    const dataset = engine.data.range(3).map(() => input.next(2).labels);
    expect(() => dataset.elementSpec).toThrow('The functions of a dataset cannot draw from an input.');
    input.dispose();
  });

  it('holds nothing when it is disposed', async () => {
    const before = engine.memory();
    for (let i = 0; i < 3; i++) await labels(make(20), { batchSize: 4, shuffle: { seed: i } }, i);
    expect(engine.memory()).toEqual(before);
  });
});

describe('transforms', () => {
  const images = Uint8Array.from({ length: 2 * 28 * 30 }, (_, i) => (i * 37) % 256);
  const source = { kind: 'arrays', images, shape: [28, 30, 1], labels: Int32Array.of(0, 1) } as const;

  /** Both images after the transforms, and what plain tfjs on its own backend makes of them. */
  async function compare(transforms: readonly Transform[], plain: (images: tf.Tensor4D) => tf.Tensor) {
    const input = await engine.input({ size: 2, source, transforms, digest: '' }, { batchSize: 2 });
    await input.seek(0);
    const given = input.next(2).images;
    input.dispose();
    await tf.setBackend('cpu');
    const expected = plain(tf.tensor4d(images, [2, 28, 30, 1]));
    expect(given.shape).toEqual(expected.shape);
    const difference = tf
      .max(tf.abs(tf.sub(tf.tensor(given.dataSync(), given.shape), expected)))
      .dataSync()[0]!;
    await tf.setBackend('tensorflow');
    return difference;
  }

  it.each<[string, Transform[], (images: tf.Tensor4D) => tf.Tensor]>([
    [
      'resize and scale',
      [
        { name: 'resize', size: [32, 36] },
        { name: 'scale', factor: 1 / 255, offset: -0.5 },
      ],
      (x) => tf.sub(tf.div(tf.image.resizeBilinear(x, [32, 36], false, true), 255), 0.5),
    ],
    [
      'resize of the shorter side',
      [{ name: 'resize', size: 14 }],
      (x) => tf.image.resizeBilinear(x, [14, 15], false, true),
    ],
    ['centerCrop', [{ name: 'centerCrop', size: [20, 20] }], (x) => tf.slice(x, [0, 4, 5], [2, 20, 20])],
    [
      'pad',
      [{ name: 'pad', padding: 2 }],
      (x) =>
        tf.pad(x, [
          [0, 0],
          [2, 2],
          [2, 2],
          [0, 0],
        ]),
    ],
    ['map', [{ name: 'map', label: 'flip', fn: (image) => tf.reverse(image, 1) }], (x) => tf.reverse(x, 2)],
  ])('%s: as tfjs does', async (_, transforms, plain) => {
    expect(await compare(transforms, plain)).toBeLessThan(1e-4);
  });

  it.each<[string, Transform, RegExp]>([
    [
      'reads',
      { name: 'map', label: 'peek', fn: (x) => (x.dataSync(), x) },
      /^Transform peek: A tensor was read .*input\.test\.ts:\d+/,
    ],
    [
      'gives another rank',
      { name: 'map', label: 'mean', fn: (x) => tf.mean(x) as never },
      /^Transform mean gives float32 \[\]; it must/,
    ],
    [
      'cuts too much',
      { name: 'centerCrop', size: [40, 20] },
      /^centerCrop to 40 x 20 does not fit an image of 28 x 30\.$/,
    ],
  ])('one that %s is refused', async (_, transform, message) => {
    const opened = engine.input({ size: 2, source, transforms: [transform], digest: '' }, { batchSize: 2 });
    await expect(opened).rejects.toThrow(message);
  });
});

describe('bad options and splits', () => {
  it.each<[string, InputOptions, string]>([
    ['batchSize', { batchSize: 0 }, 'input: batchSize is 0; it must be a whole number from 1 on.'],
    ['take', { batchSize: 1, take: 0 }, 'input: take is 0; it must be a whole number from 1 on.'],
    [
      'shard',
      { batchSize: 1, shard: { index: 2, count: 2 } },
      'input: shard.index is 2; it must be a whole number from 0 to 1.',
    ],
  ])('%s: one clear line, holding nothing', async (_, options, message) => {
    const before = engine.memory();
    await expect(engine.input(numbered(4), options)).rejects.toThrow(message);
    expect(engine.memory()).toEqual(before);
  });

  it('a split that holds less than it says', async () => {
    await expect(engine.input({ ...numbered(4), size: 5 }, { batchSize: 1 })).rejects.toThrow(
      'The split has 4 images and 4 labels; it says that it has 5.',
    );
  });
});
