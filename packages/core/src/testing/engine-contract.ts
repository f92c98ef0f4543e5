import { beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { Split, Transform } from '../dataset.js';
import type { Engine, Input } from '../engine.js';

const SIZE = 23;
const SHAPE = [6, 5, 2] as const;

/** Images whose first pixel is their number, and whose label is it too. */
const split = (transforms: readonly Transform[] = [], size = SIZE): Split => {
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
    tf.dispose([batch.images, batch.labels]);
    return values;
  });
}

const values = (tensor: tf.Tensor) => Array.from(tensor.dataSync());

/** What every `Engine` does. */
export function engineContract(make: () => Engine | Promise<Engine>): void {
  describe('Engine contract', () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await make();
      await engine.devices();
    });

    it('says what it is and has a device', async () => {
      expect(engine.name).toMatch(/^[a-z0-9][a-z0-9-]*$/);
      const [device] = await engine.devices();
      expect(device).toMatchObject({ name: expect.stringMatching(/^[CG]PU:0$/), type: expect.any(String) });
    });

    describe('compile', () => {
      it('takes and gives nested structures, for any shape', async () => {
        const fn = engine.compile(({ x, by }: { x: tf.Tensor; by: number }) => ({
          scaled: [tf.mul(x, by)],
          sum: tf.sum(x),
          by,
        }));
        for (const shape of [[2], [3, 2]]) {
          const output = await fn.run({ x: tf.ones(shape), by: 3 });
          expect(output.scaled[0]!.shape).toEqual(shape);
          expect(values(output.scaled[0]!)).toEqual(Array(output.scaled[0]!.size).fill(3));
          expect([values(output.sum)[0], output.by]).toEqual([output.scaled[0]!.size, 3]);
        }
        fn.dispose();
      });

      it('reads and assigns variables in program order', async () => {
        const v = tf.variable(tf.scalar(1));
        const step = engine.compile((x: tf.Tensor) => {
          v.assign(tf.mul(v, x));
          const doubled = tf.add(v, 0);
          v.assign(tf.add(v, 1));
          return doubled;
        });
        expect(values(await step.run(tf.scalar(2)))).toEqual([2]);
        expect(values(await step.run(tf.scalar(2)))).toEqual([6]);
        expect(values(v)).toEqual([7]);
        step.dispose();
        v.dispose();
      });

      it('repeats on slices, and stacks', async () => {
        const v = tf.variable(tf.scalar(0));
        const step = engine.compile((x: tf.Tensor) => {
          v.assign(tf.add(v, x));
          return { total: tf.add(v, 0) };
        });
        const { total } = await step.repeat(3, tf.tensor1d([1, 2, 3]));
        expect(values(total)).toEqual([1, 3, 6]);
        expect(values(v)).toEqual([6]);
        step.dispose();
        v.dispose();
      });

      it('rejects with what the function throws', async () => {
        const broken = engine.compile(() => {
          throw new Error('no such layer');
        });
        await expect(broken.run()).rejects.toThrow('no such layer');
        broken.dispose();
      });

      it('lets the event loop run', async () => {
        let turned = false;
        setTimeout(() => (turned = true));
        const fn = engine.compile((x: tf.Tensor) => tf.add(x, 1));
        for (let i = 0; i < 20; i++) (await fn.run(tf.scalar(i))).dispose();
        await new Promise((resolve) => setTimeout(resolve, 1));
        expect(turned).toBe(true);
        fn.dispose();
      });
    });

    describe('input', () => {
      it('gives every example once, the last batch smaller', async () => {
        const input = await engine.input(split(), { batchSize: 10 });
        expect(input.batches).toBe(3);
        expect([0, 1, 2].map((batch) => input.sizeOf(batch))).toEqual([10, 10, 3]);
        expect((await labels(input)).flat()).toEqual(Array.from({ length: SIZE }, (_, i) => i));
        input.dispose();
      });

      it('shuffles by seed and epoch, the same way on every engine', async () => {
        const input = await engine.input(split(), { batchSize: 10, shuffle: { seed: 7 } });
        const epochs = [(await labels(input, 0)).flat(), (await labels(input, 1)).flat()];
        expect(epochs[0]!.slice(0, 8)).toEqual(EXPECTED_ORDER);
        expect(epochs[1]).not.toEqual(epochs[0]);
        for (const epoch of epochs)
          expect([...epoch].sort((a, b) => a - b)).toEqual(Array.from({ length: SIZE }, (_, i) => i));
        expect((await labels(input, 0)).flat()).toEqual(epochs[0]);
        input.dispose();
      });

      it('goes on from any batch', async () => {
        const input = await engine.input(split(), { batchSize: 4, shuffle: { seed: 1 } });
        const all = await labels(input, 2);
        expect(await labels(input, 2, 3)).toEqual(all.slice(3));
        input.dispose();
      });

      it('shares an epoch between shards, and takes the first examples', async () => {
        const order = async (options: object) => {
          const input = await engine.input(split(), { batchSize: 4, shuffle: { seed: 1 }, ...options });
          const found = (await labels(input)).flat();
          input.dispose();
          return found;
        };
        const shards = [
          await order({ shard: { index: 0, count: 2 } }),
          await order({ shard: { index: 1, count: 2 } }),
        ];
        const whole = await order({});
        expect(shards.map((shard) => shard.length)).toEqual([12, 11]);
        expect(shards[0]).toEqual(whole.filter((_, i) => i % 2 === 0));
        expect([...shards.flat()].sort()).toEqual([...whole].sort());
        expect([...(await order({ take: 5 }))].sort()).toEqual([0, 1, 2, 3, 4]);
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
          'map',
          { name: 'map', label: 'square', fn: (image) => tf.square(image) },
          [6, 5, 2],
          (pixel) => pixel ** 2,
        ],
      ])('transforms by %s', async (_, transform, shape, expected) => {
        const plain = await engine.input(split(), { batchSize: 3 });
        const input = await engine.input(split([transform]), { batchSize: 3 });
        await plain.seek(0);
        await input.seek(0);
        const [before, after] = [values(plain.next(3).images), input.next(3).images];
        expect(after.shape).toEqual([3, ...shape]);
        values(after).forEach((value, i) => expect(value).toBeCloseTo(expected(before[i]!, i % 2), 4));
        plain.dispose();
        input.dispose();
      });

      it('crops the middle', async () => {
        const plain = await engine.input(split(), { batchSize: 2 });
        const input = await engine.input(split([{ name: 'centerCrop', size: [4, 3] }]), { batchSize: 2 });
        await plain.seek(0);
        await input.seek(0);
        const expected = tf.slice(plain.next(2).images, [0, 1, 1, 0], [2, 4, 3, 2]);
        expect(values(input.next(2).images)).toEqual(values(expected));
        plain.dispose();
        input.dispose();
      });

      it('resizes with half-pixel centres', async () => {
        const input = await engine.input(split([{ name: 'resize', size: [12, 10] }]), { batchSize: 2 });
        const plain = await engine.input(split(), { batchSize: 2 });
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

      it('can be drawn inside a compiled function', async () => {
        const input = await engine.input(split(), { batchSize: 5 });
        await input.seek(0);
        const step = engine.compile(() => tf.sum(input.next(5).labels));
        expect([values(await step.run()), values(await step.run())]).toEqual([[10], [35]]);
        step.dispose();
        input.dispose();
      });

      it('refuses a shard of nothing', async () => {
        await expect(
          engine.input(split(), { batchSize: 5, take: 1, shard: { index: 1, count: 2 } }),
        ).rejects.toThrow('shard 1 of 2 has none of the 1 examples');
      });
    });
  });
}

/** The first of epoch 0 under seed 7, from TensorFlow's op. */
const EXPECTED_ORDER: readonly number[] = [15, 3, 21, 14, 11, 17, 19, 6];
