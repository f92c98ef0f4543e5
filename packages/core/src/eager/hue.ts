import {
  add,
  clipByValue,
  equal,
  expandDims,
  floor,
  max,
  min,
  minimum,
  mul,
  reshape,
  split,
  sub,
  type Tensor,
  tensor1d,
  type Tensor3D,
  div,
  where,
} from '@tensorflow/tfjs-core';
import type { AdjustHue } from '../color-jitter.js';

/** Turns the hue in tfjs ops, for all images alike, and takes the result for those that are chosen. */
export const adjustHue: AdjustHue = (images, turns, chosen) => {
  const value = max(images, 2, true);
  const range = sub(value, min(images, 2, true));
  const turned = add(hueOf(images, value, range), expandDims(turns, 2));
  const sixths = mul(sub(turned, floor(turned)), 6);
  // Of red, green and blue, each falls from the value by the range where the hue is away from it.
  const around = add(sixths, tensor1d([5, 3, 1]));
  const place = sub(around, mul(6, floor(div(around, 6))));
  const away = clipByValue(minimum(place, sub(4, place)), 0, 1);
  return where(reshape(chosen, [-1, 1, 1]), sub(value, mul(range, away)), images) as Tensor3D;
};

/** Hue as part of the circle, `[n, pixels, 1]`; 0 of grey. */
function hueOf(images: Tensor3D, value: Tensor, range: Tensor): Tensor {
  const [red, green, blue] = split(images, 3, 2) as [Tensor, Tensor, Tensor];
  const divisor = where(equal(range, 0), 1, range);
  const from = (offset: number, one: Tensor, other: Tensor) => add(offset, div(sub(one, other), divisor));
  const otherwise = where(equal(green, value), from(2, blue, red), from(4, red, green));
  return div(where(equal(red, value), from(0, green, blue), otherwise), 6);
}
