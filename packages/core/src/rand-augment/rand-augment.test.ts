import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import { setBackend, tensor2d, tensor4d } from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { augmented } from '../eager/augmentation.js';
import { type RandAugmentFixture, randAugmentParity } from '../testing/rand-augment-parity.js';

const fixture = JSON.parse(
  readFileSync(new URL('./fixtures/torchvision.json', import.meta.url), 'utf8'),
) as RandAugmentFixture;

beforeAll(() => setBackend('cpu'));

describe('in plain tfjs', () => {
  randAugmentParity(fixture, augmented);
});

describe('RandAugment', () => {
  const pixels = [0, 10.4, 20.5, 100, 200, 254];
  const image = () => tensor4d(pixels, [1, 2, 3, 1]);
  const made = (op: number, transform: object, sign = 0.7) => {
    const draws = tensor2d([[(op + 0.5) / 14, sign, 0, 0]]);
    return Array.from(augmented(image(), { name: 'randAugment', numOps: 1, ...transform }, draws).dataSync());
  };
  const rounded = [0, 10, 20, 100, 200, 254];

  it.each([...fixture.ops.slice(0, 12).entries()])(
    'of magnitude 0, op %i, %s, rounds pixels to whole numbers',
    (op) => {
      expect(made(op, { magnitude: 0 }, 0.2)).toEqual(rounded);
      expect(made(op, { magnitude: 0 }, 0.8)).toEqual(rounded);
    },
  );

  it('without ops does as much', () => {
    expect(made(1, { numOps: 0 })).toEqual(rounded);
  });

  it('stretches from the darkest to the brightest, and leaves one colour as it is', () => {
    const stretch = (values: number[]) => {
      const draws = tensor2d([[12.5 / 14, 0, 0, 0]]);
      const transform = { name: 'randAugment', numOps: 1 } as const;
      return Array.from(augmented(tensor4d(values, [1, 1, 3, 1]), transform, draws).dataSync());
    };
    expect(stretch([0, 100, 255])).toEqual([0, 100, 255]);
    expect(stretch([50, 60, 70])).toEqual([0, 127, 254]); // as torchvision, which cuts 254.99998 off
    expect(stretch([50, 50, 50])).toEqual([50, 50, 50]);
  });

  it('fills with a colour what comes from outside the image', () => {
    const shifted = { magnitude: 30, fill: 7 }; // by floor(3 * 150 / 331) pixels
    expect(made(3, shifted, 0.7)).toEqual([7, 0, 10, 7, 100, 200]);
    expect(made(3, shifted, 0.2)).toEqual([10, 20, 7, 200, 254, 7]);
  });
});
