import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import { dispose, memory, setBackend } from '@tensorflow/tfjs-core';
import type { Transform } from './dataset.js';
import { philox, randomKey } from './random.js';
import { isRandomTransform, randomDraws } from './random-transforms.js';

beforeAll(() => setBackend('cpu'));

const flip: Transform = { name: 'randomHorizontalFlip' };
const crop: Transform = { name: 'randomCrop', size: [2, 2] };
const scale: Transform = { name: 'scale', factor: 1, offset: 0 };

function draws(
  transforms: readonly Transform[],
  at: Partial<Parameters<typeof randomDraws>[1]> = {},
): number[][] {
  const tables = randomDraws(transforms, { seed: 1, epoch: 0, size: 50, ...at });
  const values = tables.map((table) => Array.from(table.dataSync()));
  dispose(tables);
  return values;
}

describe('draws of random transforms', () => {
  it('are four numbers for each image and random transform', () => {
    const values = draws([scale, flip, crop]);
    expect(values).toHaveLength(2);
    for (const table of values) {
      expect(table).toHaveLength(200);
      expect(table.every((value) => value >= 0 && value < 1)).toBe(true);
    }
    expect(new Set(values.flat()).size).toBeGreaterThan(390);
  });

  it('of an image can be had alone: by a counter of epoch and image', () => {
    const [table] = draws([crop], { seed: 9, epoch: 3 });
    const words = philox(17, randomKey(9, 'randomCrop/0'), 3);
    expect(table!.slice(4 * 17, 4 * 18)).toEqual(words.map((word) => (word & 0x7fffff) / 0x800000));
  });

  it('follow seed, epoch and image, and neither other transforms nor the size of the split', () => {
    const [flips] = draws([flip]);
    expect(draws([crop, scale, flip])[1]).toEqual(flips);
    expect(draws([flip], { size: 20 })[0]).toEqual(flips!.slice(0, 80));
    expect(draws([flip], { epoch: 1 })[0]).not.toEqual(flips);
    expect(draws([flip], { seed: 2 })[0]).not.toEqual(flips);
  });

  it('differ for two transforms of one name', () => {
    const [one, other] = draws([crop, crop]);
    expect(one).not.toEqual(other);
    expect(one).toEqual(draws([crop])[0]);
  });

  it('are more for transforms that need more, and still those of one image', () => {
    const part: Transform = { name: 'randomResizedCrop', size: [2, 2] };
    const jitter: Transform = { name: 'colorJitter', hue: 0.1 };
    const [parts, jitters] = draws([part, jitter]);
    expect([parts!.length, jitters!.length]).toEqual([50 * 24, 50 * 8]);
    expect(draws([part], { size: 20 })[0]).toEqual(parts!.slice(0, 20 * 24));
    const key = randomKey(1, 'colorJitter/0');
    const words = [2 * 17, 2 * 17 + 1].flatMap((counter) => philox(counter, key, 0));
    expect(jitters!.slice(8 * 17, 8 * 18)).toEqual(words.map((word) => (word & 0x7fffff) / 0x800000));
  });

  it('of RandAugment are two for each op, made up to fours', () => {
    const lengths = [0, 1, 2, 3].map((numOps) => draws([{ name: 'randAugment', numOps }])[0]!.length / 50);
    expect(lengths).toEqual([0, 4, 4, 8]);
  });

  it('leave no other tensor', () => {
    const before = memory().numTensors;
    draws([flip, crop]);
    expect(memory().numTensors).toBe(before);
  });
});

it('transforms are random by name', () => {
  expect([flip, crop, scale, { name: 'cutout', size: 3 } as const].map(isRandomTransform)).toEqual([
    true,
    true,
    false,
    true,
  ]);
});
