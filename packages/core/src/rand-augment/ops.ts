import { equal, gather, scalar, type Tensor1D, tensor1d } from '@tensorflow/tfjs-core';
import type { RandomTransform } from '../dataset.js';

export type RandAugment = Extract<RandomTransform, { name: 'randAugment' }>;

/** In the order of torchvision's table: what is drawn is a number into it. */
export const ops = [
  'Identity',
  'ShearX',
  'ShearY',
  'TranslateX',
  'TranslateY',
  'Rotate',
  'Brightness',
  'Color',
  'Contrast',
  'Sharpness',
  'Posterize',
  'Solarize',
  'AutoContrast',
  'Equalize',
] as const;
export type Op = (typeof ops)[number];

/**
 * One row for each op, then one for each with the other sign: row `op + 14 negative` is what an image has that draws these.
 */
export function signedRows<T>(row: (op: Op, sign: 1 | -1) => T): T[] {
  return ([1, -1] as const).flatMap((sign) => ops.map((op) => row(op, sign)));
}

/**
 * The number that `magnitude` stands for, of `numMagnitudeBins` ones from `start` to `end`: `torch.linspace`, which computes in
 * single precision, the first half from the start and the other from the end.
 */
export function magnitudeOf(transform: RandAugment, start: number, end: number): number {
  const { magnitude, steps, inFirstHalf } = binOf(transform);
  const step = Math.fround((end - start) / steps);
  return inFirstHalf
    ? Math.fround(start + Math.fround(step * magnitude))
    : Math.fround(end - Math.fround(step * (steps - magnitude)));
}

/** `steps`: from the first bin to the last. */
export function binOf({ magnitude = 9, numMagnitudeBins = 31 }: RandAugment) {
  const inFirstHalf = magnitude < Math.floor(numMagnitudeBins / 2);
  return { magnitude, steps: numMagnitudeBins - 1, inFirstHalf };
}

/** By how much brightness, colour, contrast and sharpness grow or shrink. */
export const strengthOf = (transform: RandAugment): number => magnitudeOf(transform, 0, 0.9);

/** Which images have drawn one of these, bool `[k]`. */
export function haveDrawn(some: readonly Op[], rows: Tensor1D): Tensor1D {
  const table = signedRows((op) => (some.includes(op) ? 1 : 0));
  return equal(gather(tensor1d(table, 'int32'), rows), scalar(1, 'int32'));
}
