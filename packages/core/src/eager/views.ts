import { concat, reverse, slice, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Transform, View } from '../dataset.js';
import { halfToEven, resized } from './resize.js';

type Views = Extract<Transform, { name: 'views' }>;

/** Applies `views`. @param images float32 `[batch, height, width, channels]` */
export function viewsOf(images: Tensor4D, { views, size, antialias }: Views): Tensor4D {
  return concat(
    views.map((view) => {
      const part = partOf(images, view, size, antialias);
      return view.mirrored ? reverse(part, 2) : part;
    }),
    1,
  );
}

function partOf(
  images: Tensor4D,
  { shortSide, square, at }: View,
  size: Views['size'],
  antialias: boolean | undefined,
): Tensor4D {
  const sides = images.shape.slice(1, 3);
  const whole = sides.map((side) => Math.floor((side * shortSide) / Math.min(...sides)));
  const large = resized(images, whole as [number, number], antialias);
  const cut = (begin: readonly number[], extent: readonly number[]) =>
    slice(large, [0, ...begin, 0], [-1, ...extent, -1]);
  const region = square === undefined ? whole : [shortSide, shortSide];
  const corner = whole.map((side, axis) => halfToEven((side - region[axis]!) * (square ?? 0)));
  if (!at) return resized(cut(corner, region), size, antialias);
  const begin = corner.map((from, axis) => from + halfToEven((region[axis]! - size[axis]!) * at[axis]!));
  return cut(begin, size);
}
