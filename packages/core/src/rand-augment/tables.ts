import {
  add,
  cast,
  clipByValue,
  concat,
  cumsum,
  div,
  equal,
  expandDims,
  floor,
  gather,
  greater,
  less,
  max,
  maximum,
  min,
  mul,
  range,
  reshape,
  slice,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  tensor1d,
  tensor2d,
  type Tensor4D,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { halfToEven } from '../eager/resize.js';
import { binOf, haveDrawn, magnitudeOf, type Op, type RandAugment, signedRows, strengthOf } from './ops.js';

/** Of these a pixel's new value depends on its old one, and at most on how often its channel has each value. */
export const tableOps: readonly Op[] = ['Brightness', 'Posterize', 'Solarize', 'AutoContrast', 'Equalize'];

/** Values that a pixel may have, and the largest. */
const LEVELS = 256;
const MOST = 255;

/**
 * How often each value occurs in each image, float32 `[k, size]`.
 * @param values int32 `[k, height, width, channels]`, from 0 to `size - 1`
 */
export type Counts = (values: Tensor4D, size: number) => Tensor;

/**
 * Looks pixels up in tables, one for each channel of each image.
 * @param images whole numbers from 0 to 255, float32 `[k, height, width, channels]`
 * @param rows of `signedRows`, int32 `[k]`
 */
export function lookedUp(images: Tensor4D, transform: RandAugment, rows: Tensor1D, counts: Counts): Tensor4D {
  const channels = images.shape[3];
  const begins = tensor1d(
    Array.from({ length: channels }, (_, channel) => channel * LEVELS),
    'int32',
  );
  const places = add(cast(images, 'int32'), begins) as Tensor4D;
  const histograms = reshape(counts(places, channels * LEVELS), [-1, channels, LEVELS]);
  const isRow = (op: Op) => reshape(haveDrawn([op], rows), [-1, 1, 1]);
  const constant = tensor2d(signedRows((op, sign) => constantTable(transform, op, sign)));
  const others = expandDims(gather(constant, rows), 1);
  const tables = either(
    isRow('AutoContrast'),
    stretched(histograms),
    either(isRow('Equalize'), equalized(histograms), others),
  );
  const flat: Tensor = reshape(tables, [-1, channels * LEVELS]);
  return gather(flat, places, 1, 1) as Tensor4D;
}

/** Where the table is the same for all images. In single precision, as torchvision has it, which cuts fractions off. */
function constantTable(transform: RandAugment, op: Op, sign: 1 | -1): number[] {
  const levels = Array.from({ length: LEVELS }, (_, level) => level);
  switch (op) {
    case 'Brightness': {
      const factor = Math.fround(1 + sign * strengthOf(transform));
      return levels.map((level) => Math.min(Math.floor(Math.fround(level * factor)), MOST));
    }
    case 'Posterize': {
      const { magnitude, steps } = binOf(transform);
      const unit = 2 ** (8 - halfToEven(Math.fround(8 - Math.fround(magnitude / Math.fround(steps / 4)))));
      return levels.map((level) => level - (level % unit));
    }
    case 'Solarize': {
      const threshold = Math.fround(MOST * magnitudeOf(transform, 1, 0));
      return levels.map((level) => (level >= threshold ? MOST - level : level));
    }
    default:
      return levels;
  }
}

/** The darkest value becomes 0, the brightest 255, or 254 where torchvision's rounding has it; a channel of one value stays. */
function stretched(histograms: Tensor): Tensor {
  const levels = range(0, LEVELS);
  const present = greater(histograms, 0);
  const least = min(either(present, levels, MOST), 2, true);
  const most = max(either(present, levels, 0), 2, true);
  const scale = mul(sub(most, least), 1 / MOST);
  const table = floor(clipByValue(div(sub(levels, least), maximum(scale, 1 / MOST)), 0, MOST));
  return either(equal(least, most), levels, table);
}

/** All values become as frequent as can be, by Pillow's scheme, which torchvision has too. Exact for less than 2²³ pixels. */
function equalized(histograms: Tensor): Tensor {
  const pixels = sum(histograms, 2, true);
  const upTo = cumsum(histograms, 2);
  const notBrightest = max(either(less(upTo, pixels), upTo, 0), 2, true);
  const step = floor(div(notBrightest, MOST));
  const before = concat([zerosLike(pixels), slice(upTo, [0, 0, 0], [-1, -1, LEVELS - 1])], 2);
  const table = floor(div(add(before, floor(div(step, 2))), maximum(step, 1)));
  return either(equal(step, 0), range(0, LEVELS), clipByValue(table, 0, MOST));
}

/** `where`, which tfjs has only for as many images as are known when it is called. */
function either(condition: Tensor, yes: Tensor, no: Tensor | number): Tensor {
  const share = cast(condition, 'float32');
  return add(mul(share, yes), mul(sub(1, share), no));
}
