import {
  add,
  cast,
  expandDims,
  floor,
  gather,
  greaterEqual,
  less,
  logicalAnd,
  logicalNot,
  mul,
  pad,
  range,
  reshape,
  reverse,
  slice,
  sub,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  where,
} from '@tensorflow/tfjs-core';
import type { RandomTransform } from '../dataset.js';

/**
 * Applies a random transform in tfjs ops.
 * @param images float32 `[batch, height, width, channels]`
 * @param draws of the batch's images, `[batch, 4]`, as `randomDraws` explains them
 */
export function augmented(images: Tensor4D, transform: RandomTransform, draws: Tensor2D): Tensor4D {
  const [, height, width] = images.shape;
  /** Whole numbers from 0 up to but not including `below`, float32 `[batch, 1]`. */
  const drawn = (column: number, below: number) => floor(mul(slice(draws, [0, column], [-1, 1]), below));
  switch (transform.name) {
    case 'randomHorizontalFlip': {
      const mirrored = less(slice(draws, [0, 0], [-1, 1]), transform.p ?? 0.5);
      return where(reshape(mirrored, [-1, 1, 1, 1]), reverse(images, 2), images);
    }
    case 'randomCrop': {
      const { size, padding = 0 } = transform;
      const around: [number, number] = [padding, padding];
      const padded = pad(images, [[0, 0], around, around, [0, 0]]);
      const places = (column: number, whole: number, part: number) =>
        cast(add(drawn(column, whole + 2 * padding + 1 - part), range(0, part)), 'int32') as Tensor2D;
      const rows = gather(padded, places(0, height, size[0]), 1, 1);
      return gather(rows, places(1, width, size[1]), 2, 1) as Tensor4D;
    }
    case 'cutout': {
      const inSquare = (column: number, length: number): Tensor => {
        const first = sub(drawn(column, length), Math.floor(transform.size / 2));
        const places = range(0, length);
        return logicalAnd(greaterEqual(places, first), less(places, add(first, transform.size)));
      };
      const square = logicalAnd(expandDims(inSquare(0, height), 2), expandDims(inSquare(1, width), 1));
      return mul(images, cast(expandDims(logicalNot(square), 3), 'float32'));
    }
  }
}
