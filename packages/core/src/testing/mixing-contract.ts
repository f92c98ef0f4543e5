import { describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { MixingTransform, Split, Transform } from '../dataset.js';
import type { Engine, InputOptions } from '../engine.js';
import { mixingOf, unmixed } from '../mixing.js';
import { split } from './input-contract.js';

/** What an example became. */
interface Mixed {
  readonly image: readonly number[];
  /** The label of the other image; of a split whose images are not mixed, undefined. */
  readonly other?: number;
  readonly share?: number;
}

const shuffle = { seed: 7 };
const identity: Transform = { name: 'map', label: 'same', fn: (image) => image };
const flip: Transform = { name: 'randomHorizontalFlip' };
const mixup: MixingTransform = { name: 'mixup', alpha: 0.4 };
const cutmix: MixingTransform = { name: 'cutmix', alpha: 1 };

/** The examples of an epoch by number, which is their label, in its order. */
async function mixedExamples(
  engine: Engine,
  of: Split,
  options: InputOptions,
  { epoch = 1, batch = 0 } = {},
): Promise<Map<number, Mixed>> {
  const input = await engine.input(of, options);
  await input.seek(epoch, batch);
  const examples = new Map<number, Mixed>();
  for (; batch < input.batches; batch++) {
    const { images, labels, mix, ...rest } = input.next(input.sizeOf(batch));
    const [pixels, others, shares] = [images, mix?.labels, mix?.share].map((tensor) => tensor?.dataSync());
    expect([labels.shape, mix?.labels.shape ?? labels.shape, mix?.share.shape ?? labels.shape]).toEqual(
      new Array(3).fill([images.shape[0]]),
    );
    const each = images.size / labels.size;
    labels.dataSync().forEach((label, i) =>
      examples.set(label, {
        image: Array.from(pixels!.subarray(i * each, (i + 1) * each)),
        ...(mix && { other: others![i]!, share: shares![i]! }),
      }),
    );
    tf.dispose({ images, labels, ...(mix && { mix }), ...rest });
  }
  input.dispose();
  return examples;
}

/** How every engine's `input` mixes images. */
export function mixingContract(engine: () => Engine): void {
  describe.each<[string, Transform[]]>([
    ['as they lie in memory', [flip]],
    ['one by one', [identity, flip]],
  ])('images that are mixed, %s,', (_, before) => {
    const mixing = (transform: MixingTransform) => split([...before, transform]);

    it.each([mixup, cutmix])('are each mixed with the next one: $name', async (transform) => {
      const found = await mixedExamples(engine(), mixing(transform), { batchSize: 10, shuffle });
      const ready = await mixedExamples(engine(), split(before), { batchSize: 10, shuffle });
      const order = [...ready.keys()];
      expect([...found.keys()]).toEqual(order);
      for (const [place, number] of order.entries()) {
        const next = order[(place + 1) % order.length]!;
        const { image, other, share } = found.get(number)!;
        const [own, others] = [ready.get(number)!.image, ready.get(next)!.image];
        expect(other).toBe(next);
        if (transform.name === 'mixup') {
          image.forEach((value, i) =>
            expect(value).toBeCloseTo(share! * own[i]! + (1 - share!) * others[i]!, 3),
          );
        } else {
          // No two images have a pixel in common.
          const kept = image.filter((value, i) => value === own[i]).length;
          expect(image.filter((value, i) => value === others[i])).toHaveLength(image.length - kept);
          expect(share).toBeCloseTo(kept / image.length, 6);
        }
      }
      const shares = [...found.values()].map(({ share }) => share!);
      expect(new Set(shares).size).toBeGreaterThan(transform.name === 'mixup' ? 20 : 5);
      expect(Math.max(...shares) - Math.min(...shares)).toBeGreaterThan(0.5);
    });

    it.each([mixup, cutmix])(
      'are the same bits whatever the batch size, the worker, and where an epoch is begun: $name',
      async (transform) => {
        const drawn = (options: object, batch = 0) =>
          mixedExamples(engine(), mixing(transform), { batchSize: 4, shuffle, ...options }, { batch });
        const all = await drawn({});
        const others = [
          await drawn({ batchSize: 8 }),
          await drawn({ batchSize: 1 }),
          await drawn({ batchSize: 23 }),
          await drawn({}, 3),
          await drawn({ batchSize: 8, shard: { index: 0, count: 2 } }),
          await drawn({ batchSize: 8, shard: { index: 1, count: 2 } }),
          await drawn({ batchSize: 20, shard: { index: 4, count: 5 } }),
        ];
        expect(others.map(({ size }) => size)).toEqual([23, 23, 23, 11, 12, 11, 5]);
        for (const some of others) for (const [i, example] of some) expect(example).toEqual(all.get(i));
      },
    );

    it('are mixed in another way in each epoch and for each seed', async () => {
      const draws = await Promise.all(
        [
          [1, 0],
          [1, 1],
          [2, 0],
        ].map(([seed, epoch]) =>
          mixedExamples(engine(), mixing(mixup), { batchSize: 8, shuffle: { seed: seed! } }, { epoch }),
        ),
      );
      const shares = draws.map((drawn) => Array.from({ length: 23 }, (_, i) => drawn.get(i)!.share!));
      expect(new Set(shares.flat()).size).toBeGreaterThan(3 * 23 - 4);
    });

    it('are those that the epoch has', async () => {
      const drawn = await mixedExamples(engine(), mixing(mixup), { batchSize: 2, take: 5, shuffle });
      const others = [...drawn.values()].map(({ other }) => other!);
      expect(others.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4]);
      const alone = await mixedExamples(engine(), mixing(mixup), { batchSize: 2, take: 1 });
      expect([...alone.values()][0]!.other).toBe(0);
    });

    it('leave nothing behind', async () => {
      const epochs = () => mixedExamples(engine(), mixing(cutmix), { batchSize: 4, shuffle });
      await epochs();
      const { numTensors } = tf.memory();
      await epochs();
      expect(tf.memory().numTensors).toBe(numTensors);
    });
  });

  it.each<[Transform[]]>([[[mixup, flip]], [[mixup, cutmix]]])(
    'refuses to mix images that are not ready: %j',
    async (transforms) => {
      await expect(engine().input(split(transforms), { batchSize: 4 })).rejects.toThrow(
        'transform mixup of a split must be the last one: it mixes images that are ready, and only once',
      );
    },
  );

  it('mixes nothing of a split without its last transform', async () => {
    const whole = split([flip, mixup]);
    expect(mixingOf(unmixed(whole).transforms)).toBeUndefined();
    const drawn = await mixedExamples(engine(), unmixed(whole), { batchSize: 4, shuffle });
    expect(drawn).toEqual(await mixedExamples(engine(), split([flip]), { batchSize: 4, shuffle }));
  });
}
