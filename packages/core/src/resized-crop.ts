import {
  add,
  argMax,
  cast,
  concat,
  div,
  equal,
  exp,
  expandDims,
  floor,
  greater,
  lessEqual,
  logicalAnd,
  minimum,
  mul,
  oneHot,
  onesLike,
  range,
  round,
  slice,
  split,
  sqrt,
  sub,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tidy,
  where,
} from '@tensorflow/tfjs-core';
import type { RandomTransform } from './dataset.js';

export type ResizedCrop = Extract<RandomTransform, { name: 'randomResizedCrop' }>;

/** Sizes that are drawn for a part until one fits. */
const ATTEMPTS = 10;

/**
 * The parts that `randomResizedCrop` takes, as torchvision's `RandomResizedCrop` finds them. Attempt k has the share of the
 * area that uk is in the range `scale`, and the aspect ratio whose logarithm is in the range of `ratio`'s as u(10 + k) is
 * in [0, 1); both sides are rounded, halves to even. The first attempt that fits into the image begins at row
 * floor(u20 (H + 1 - h)), column floor(u21 (W + 1 - w)). If none fits, it is the largest part in the middle that has an
 * allowed ratio.
 * @param draws `[n, 24]`
 * @param sides height and width of the images, int32 `[2]`
 * @returns top, left, height and width in whole pixels, float32 `[n, 4]`
 */
export function resizedCropBoxes(
  { scale = [0.08, 1], ratio = [3 / 4, 4 / 3] }: ResizedCrop,
  draws: Tensor2D,
  sides: Tensor1D,
): Tensor2D {
  return tidy(() => {
    const [height, width] = split(cast(sides, 'float32'), 2) as [Tensor1D, Tensor1D];
    const numbers = (first: number, count: number) => slice(draws, [0, first], [-1, count]);
    const areas = mul(mul(height, width), within(scale, numbers(0, ATTEMPTS)));
    const ratios = exp(within([Math.log(ratio[0]), Math.log(ratio[1])], numbers(ATTEMPTS, ATTEMPTS)));
    const attempts = {
      heights: round(sqrt(div(areas, ratios))),
      widths: round(sqrt(mul(areas, ratios))),
    };
    const fits = (parts: Tensor, whole: Tensor) => logicalAnd(greater(parts, 0), lessEqual(parts, whole));
    const fit = logicalAnd(fits(attempts.heights, height), fits(attempts.widths, width));
    const one = onesLike(numbers(0, 1));
    const last = {
      height: mul(one, minimum(height, round(div(width, ratio[0])))),
      width: mul(one, minimum(width, round(mul(height, ratio[1])))),
    };
    // The first that fits is the one of the highest rank; the last resort has the lowest, and fits.
    const ranks = mul(concat([cast(fit, 'float32'), one], 1), range(ATTEMPTS + 1, 0, -1));
    const found = argMax(ranks, 1);
    const chosen = cast(oneHot(found, ATTEMPTS + 1), 'float32');
    const pick = (all: Tensor, otherwise: Tensor) => sum(mul(concat([all, otherwise], 1), chosen), 1, true);
    const part = {
      height: pick(attempts.heights, last.height),
      width: pick(attempts.widths, last.width),
    };
    const middle = expandDims(equal(found, ATTEMPTS), 1);
    const begin = (column: number, whole: Tensor, length: Tensor) =>
      where(
        middle,
        floor(div(sub(whole, length), 2)),
        floor(mul(numbers(column, 1), sub(add(whole, 1), length))),
      );
    const top = begin(2 * ATTEMPTS, height, part.height);
    const left = begin(2 * ATTEMPTS + 1, width, part.width);
    return concat([top, left, part.height, part.width], 1) as Tensor2D;
  });
}

/** Numbers that lie in a range as `uniform` lies in [0, 1). */
const within = ([least, most]: readonly [number, number], uniform: Tensor) =>
  add(mul(uniform, most - least), least);
