import { describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { Split, Transform } from '../dataset.js';
import type { Engine, Input } from '../engine.js';

const SIZE = 23;
const SHAPE = [6, 5, 2] as const;

/** Images whose first pixel is their number, and whose label is it too. */
export const split = (transforms: readonly Transform[] = [], size = SIZE): Split => {
  const pixels = SHAPE.reduce((a, b) => a * b, 1);
  const images = Uint8Array.from({ length: size * pixels }, (_, i) =>
    i % pixels === 0 ? i / pixels : (i * 7919) % 251,
  );
  const labels = Int32Array.from({ length: size }, (_, i) => i);
  return { size, transforms, digest: 'example', source: { kind: 'arrays', images, shape: SHAPE, labels } };
};

/** The labels of an epoch's batches from `first` on. */
async function labels(input: Input, epoch = 0, first = 0): Promise<number[][]> {
  await input.seek(epoch, first);
  return Array.from({ length: input.batches - first }, (_, i) => {
    const batch = input.next(input.sizeOf(first + i));
    const values = Array.from(batch.labels.dataSync());
    tf.dispose({ ...batch });
    return values;
  });
}

const values = (tensor: tf.Tensor) => Array.from(tensor.dataSync());

/** What every engine's `input` does. */
export function inputContract(engine: () => Engine): void {
  describe('input', () => {
    it('gives every example once, the last batch smaller', async () => {
      const input = await engine().input(split(), { batchSize: 10 });
      expect(input.batches).toBe(3);
      expect([0, 1, 2].map((batch) => input.sizeOf(batch))).toEqual([10, 10, 3]);
      expect((await labels(input)).flat()).toEqual(Array.from({ length: SIZE }, (_, i) => i));
      input.dispose();
    });

    it('shuffles by seed and epoch, the same way on every engine', async () => {
      const input = await engine().input(split(), { batchSize: 10, shuffle: { seed: 7 } });
      const epochs = [(await labels(input, 0)).flat(), (await labels(input, 1)).flat()];
      expect(epochs[0]!.slice(0, 8)).toEqual(EXPECTED_ORDER);
      expect(epochs[1]).not.toEqual(epochs[0]);
      for (const epoch of epochs)
        expect([...epoch].sort((a, b) => a - b)).toEqual(Array.from({ length: SIZE }, (_, i) => i));
      expect((await labels(input, 0)).flat()).toEqual(epochs[0]);
      input.dispose();
    });

    it('goes on from any batch', async () => {
      const input = await engine().input(split(), { batchSize: 4, shuffle: { seed: 1 } });
      const all = await labels(input, 2);
      expect(await labels(input, 2, 3)).toEqual(all.slice(3));
      input.dispose();
    });

    it('says which examples a batch has, and how long it was waited for', async () => {
      for (const shard of [undefined, { index: 1, count: 2 }]) {
        const input = await engine().input(split(), { batchSize: 4, shuffle: { seed: 1 }, shard });
        const all = await labels(input, 2);
        const ids = await Promise.all(all.map((_, batch) => input.examplesOf(2, batch)));
        // An example's label is its number. Two of each batch are this worker's, and one of the last batch of three.
        const own = shard ? ids.map((batch) => batch.slice(batch.length === 4 ? 2 : -1)) : ids;
        expect(own).toEqual(all);
        expect(ids.map(({ length }, batch) => length - input.sizeOf(batch))).toEqual(ids.map(() => 0));
        await input.seek(0);
        const { waited, part, ...batch } = input.next(4);
        expect(part).toEqual(shard && { from: 2, count: 2, of: 4, share: 0.5 });
        expect(waited!.dataSync()[0]).toBeGreaterThan(0);
        expect(waited!.dataSync()[0]).toBeLessThan(5);
        tf.dispose({ waited, ...batch });
        input.dispose();
      }
    });

    it.each([
      ['as they lie in memory', []],
      ['one by one', [{ name: 'map', label: 'same', fn: (image) => image } as Transform]],
    ])(
      'gives every worker its part of each batch, no example lost or taken twice, %s',
      async (_, transforms) => {
        const batchesOf = async (options: object, from = 0) => {
          const input = await engine().input(split(transforms), {
            batchSize: 8,
            shuffle: { seed: 1 },
            ...options,
          });
          const found = await labels(input, 1, from);
          input.dispose();
          return found;
        };
        const whole = await batchesOf({});
        const parts = await Promise.all([0, 1, 2].map((index) => batchesOf({ shard: { index, count: 3 } })));
        expect(whole.map((_, batch) => parts.flatMap((part) => part[batch]!))).toEqual(whole);
        expect(parts.map((part) => part.map(({ length }) => length))).toEqual([
          [3, 3, 3],
          [3, 3, 2],
          [2, 2, 2],
        ]);
        expect(await batchesOf({ shard: { index: 1, count: 3 } }, 2)).toEqual(parts[1]!.slice(2));
      },
    );

    it('gives workers the same example where a batch has fewer than there are workers', async () => {
      const lasts = await Promise.all(
        [0, 1, 2, 3, 4].map(async (index) => {
          const input = await engine().input(split(), { batchSize: 20, shard: { index, count: 5 } });
          const found = (await labels(input)).at(-1);
          input.dispose();
          return found;
        }),
      );
      expect(lasts).toEqual([[20], [20], [21], [21], [22]]);
    });

    it('takes the first examples', async () => {
      const input = await engine().input(split(), { batchSize: 4, shuffle: { seed: 1 }, take: 5 });
      expect((await labels(input)).flat().sort()).toEqual([0, 1, 2, 3, 4]);
      input.dispose();
    });

    it.each<
      [name: string, transform: Transform, shape: number[], expected: (pixel: number, x: number) => number]
    >([
      ['scale', { name: 'scale', factor: 0.5, offset: -1 }, [6, 5, 2], (pixel) => pixel * 0.5 - 1],
      [
        'normalize',
        { name: 'normalize', mean: [2, 4], std: [2, 8] },
        [6, 5, 2],
        (pixel, channel) => (pixel - [2, 4][channel]!) / [2, 8][channel]!,
      ],
      [
        'subtractMeanImage',
        {
          name: 'subtractMeanImage',
          shape: [6, 5, 2],
          values: Array.from({ length: 60 }, (_, i) => 3 + (i % 2)),
        },
        [6, 5, 2],
        (pixel, channel) => pixel - (3 + channel),
      ],
      [
        'map',
        { name: 'map', label: 'square', fn: (image) => tf.square(image) },
        [6, 5, 2],
        (pixel) => pixel ** 2,
      ],
    ])('transforms by %s', async (_, transform, shape, expected) => {
      const plain = await engine().input(split(), { batchSize: 3 });
      const input = await engine().input(split([transform]), { batchSize: 3 });
      await plain.seek(0);
      await input.seek(0);
      const [before, after] = [values(plain.next(3).images), input.next(3).images];
      expect(after.shape).toEqual([3, ...shape]);
      values(after).forEach((value, i) => expect(value).toBeCloseTo(expected(before[i]!, i % 2), 4));
      plain.dispose();
      input.dispose();
    });

    it('crops the middle', async () => {
      const plain = await engine().input(split(), { batchSize: 2 });
      const input = await engine().input(split([{ name: 'centerCrop', size: [4, 3] }]), { batchSize: 2 });
      await plain.seek(0);
      await input.seek(0);
      const expected = tf.slice(plain.next(2).images, [0, 1, 1, 0], [2, 4, 3, 2]);
      expect(values(input.next(2).images)).toEqual(values(expected));
      plain.dispose();
      input.dispose();
    });

    it('resizes with half-pixel centres', async () => {
      const input = await engine().input(split([{ name: 'resize', size: [12, 10] }]), { batchSize: 2 });
      const plain = await engine().input(split(), { batchSize: 2 });
      await input.seek(0);
      await plain.seek(0);
      const [large, small] = [input.next(2).images, plain.next(2).images];
      expect(large.shape).toEqual([2, 12, 10, 2]);
      // Twice the size: each pixel of the inside is 9/16, 3/16, 3/16 and 1/16 of its four neighbours.
      const at = (image: tf.Tensor, y: number, x: number) =>
        tf.slice(image, [0, y, x, 0], [1, 1, 1, 1]).dataSync()[0]!;
      const expected =
        (9 * at(small, 1, 1) + 3 * at(small, 1, 2) + 3 * at(small, 2, 1) + at(small, 2, 2)) / 16;
      expect(at(large, 3, 3)).toBeCloseTo(expected, 3);
      input.dispose();
      plain.dispose();
    });

    it('resizes with antialiasing: by a triangle over all pixels that a new one covers', async () => {
      const size = [3, 5] as const; // half the height, and the width as it is
      const input = await engine().input(split([{ name: 'resize', size, antialias: true }]), {
        batchSize: 2,
      });
      const plain = await engine().input(split(), { batchSize: 2 });
      await input.seek(0);
      await plain.seek(0);
      const [small, large] = [input.next(2).images, plain.next(2).images];
      expect(small.shape).toEqual([2, 3, 5, 2]);
      const row = (image: tf.Tensor, y: number) => tf.slice(image, [0, y, 0, 0], [2, 1, 5, 2]);
      const weighted = (weights: number[], first: number) => {
        const total = weights.reduce((a, b) => a + b);
        return values(tf.addN(weights.map((weight, i) => tf.mul(row(large, first + i), weight / total))));
      };
      // At the edge, what is left of the triangle makes up the whole.
      const expected = [weighted([3, 3, 1], 0), weighted([1, 3, 3, 1], 1), weighted([1, 3, 3], 3)];
      expected.forEach((pixels, y) =>
        values(row(small, y)).forEach((value, i) => expect(value).toBeCloseTo(pixels[i]!, 3)),
      );
      input.dispose();
      plain.dispose();
    });

    it('can be drawn inside a compiled function', async () => {
      const input = await engine().input(split(), { batchSize: 5 });
      await input.seek(0);
      const step = engine().compile(() => tf.sum(input.next(5).labels));
      expect([values(await step.run()), values(await step.run())]).toEqual([[10], [35]]);
      step.dispose();
      input.dispose();
    });

    it('has an end, and begins again', async () => {
      const input = await engine().input(split(), { batchSize: 20 });
      await input.seek(0, 1);
      const step = engine().compile(() => tf.sum(input.next(3).labels));
      expect(values(await step.run())).toEqual([20 + 21 + 22]);
      await expect(step.run()).rejects.toThrow('End of sequence');
      await input.seek(1, 1);
      expect(values(await step.run())).toEqual([20 + 21 + 22]);
      step.dispose();
      input.dispose();
    });

    it.each<[what: string, split: Split, options: object, message: string]>([
      ['a shard that is not there', split(), { shard: { index: 2, count: 2 } }, 'shard.index is 2'],
      ['batches of nothing', split(), { batchSize: 0 }, 'batchSize is 0'],
      ['half an example', split(), { take: 0.5 }, 'take is 0.5'],
      ['a split that has less than it says', { ...split(), size: 24 }, {}, 'it says that it has 24'],
    ])('refuses %s', async (_, examples, options, message) => {
      await expect(engine().input(examples, { batchSize: 5, ...options })).rejects.toThrow(message);
    });

    it.each<[transform: Transform, message: string]>([
      [{ name: 'centerCrop', size: [7, 3] }, 'centerCrop to 7 x 3 does not fit an image of 6 x 5.'],
      [
        { name: 'subtractMeanImage', shape: [1, 1, 2], values: [3, 4] },
        'subtractMeanImage of 1 x 1 x 2 does not fit an image of 6 x 5 x 2.',
      ],
      [
        { name: 'map', label: 'flat', fn: (image) => tf.sum(image, 2) as never },
        'Transform flat gives float32 [6, 5]; it must give float32 [height, width, channels].',
      ],
      [
        {
          name: 'map',
          label: 'broken',
          fn: () => {
            throw new Error('no such filter');
          },
        },
        'Transform broken: no such filter',
      ],
    ])('refuses a transform that does not fit: $name', async (transform, message) => {
      const draw = async () => {
        const input = await engine().input(split([transform]), { batchSize: 2 });
        await input.seek(0);
        input.next(2);
      };
      await expect(draw()).rejects.toThrow(message);
    });

    it('leaves nothing behind', async () => {
      const epochs = async () => {
        const input = await engine().input(split([{ name: 'cutout', size: 2 }]), {
          batchSize: 4,
          shuffle: { seed: 1 },
        });
        for (let epoch = 0; epoch < 2; epoch++) await labels(input, epoch);
        input.dispose();
      };
      await epochs();
      const { numTensors } = tf.memory();
      await epochs();
      expect(tf.memory().numTensors).toBe(numTensors);
    });
  });
}

/** The first of epoch 0 under seed 7, from TensorFlow's op. */
const EXPECTED_ORDER: readonly number[] = [15, 3, 21, 14, 11, 17, 19, 6];
