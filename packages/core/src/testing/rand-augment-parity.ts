import { describe, expect, it } from '@jest/globals';
import { slice, tensor2d, type Tensor2D, tensor4d, type Tensor4D, tidy, tile } from '@tensorflow/tfjs-core';
import { inflateSync } from 'node:zlib';
import type { RandomTransform } from '../dataset.js';

type RandAugment = Extract<RandomTransform, { name: 'randAugment' }>;

/** Bytes `[n, height, width, channels]`, deflated, in base64. */
interface Images {
  readonly shape: readonly [number, number, number, number];
  readonly deflated: string;
}

/** What torchvision makes of an image, made by tools/golden/rand_augment.py. */
export interface RandAugmentFixture {
  readonly image: Images;
  /** In the order of the numbers that are drawn for them. */
  readonly ops: readonly string[];
  readonly cases: readonly (Images & {
    readonly transform: RandAugment;
    /** Whether of the image's second channel alone. */
    readonly grey: boolean;
    readonly draws: readonly (readonly number[])[];
  })[];
}

/** Images `[n, …]`, 0 to 255, and what they draw `[n, 4]`. */
type Apply = (images: Tensor4D, transform: RandAugment, draws: Tensor2D) => Tensor4D;

/** PyTorch computes products and sums of these with one rounding, and cuts fractions off: some of whole numbers too. */
const within1 = ['Color', 'Contrast'];

/**
 * Expects of RandAugment what torchvision makes with the same numbers drawn, on the current backend: the same, or within 1 of 255
 * where colour or contrast are changed.
 */
export function randAugmentParity({ image, ops, cases }: RandAugmentFixture, apply: Apply): void {
  const named = cases.map((fixture) => [JSON.stringify(fixture.transform), fixture] as const);
  describe('with the same numbers drawn, torchvision makes the same of', () => {
    it.each(named)('%s', (_, { transform, grey, draws, ...images }) => {
      const made = tidy(() => {
        const colour = tensor4d(bytesOf(image), [...image.shape], 'float32');
        const one = grey ? slice(colour, [0, 0, 0, 1], [1, -1, -1, 1]) : colour;
        const all = tile(one, [draws.length, 1, 1, 1]);
        return apply(all, transform, tensor2d(draws.map((numbers) => [...numbers])));
      });
      expect(made.shape).toEqual(images.shape);
      const [values, wanted] = [made.dataSync(), bytesOf(images)];
      made.dispose();
      const size = values.length / draws.length;
      const errors = draws.map((numbers, i) => {
        const { numOps = 2 } = transform;
        const drawn = numbers.filter((_, k) => k % 2 === 0 && k < 2 * numOps);
        const names = drawn.map((number) => ops[Math.floor(number * ops.length)]!);
        const of = (array: ArrayLike<number>) => Array.from({ length: size }, (_, j) => array[i * size + j]!);
        const pixels = of(wanted);
        return { names, error: Math.max(...of(values).map((value, j) => Math.abs(value - pixels[j]!))) };
      });
      const most = (names: readonly string[]) => (names.some((name) => within1.includes(name)) ? 1 : 0);
      expect(errors.filter(({ names, error }) => error > most(names))).toEqual([]);
    });
  });
}

const bytesOf = ({ deflated }: Images) =>
  inflateSync(Uint8Array.from(atob(deflated), (c) => c.charCodeAt(0)));
