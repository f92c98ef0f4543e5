import {
  add,
  cast,
  floor,
  lessEqual,
  mul,
  reshape,
  round,
  slice,
  sub,
  type Tensor,
  type Tensor1D,
  tensor1d,
  type Tensor2D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import { blended, type BlendOp, type NeighbourhoodSums } from './blends.js';
import { geometricOps, matricesOf } from './geometry.js';
import { haveDrawn, type Op, ops, type RandAugment } from './ops.js';
import { type Counts, lookedUp, tableOps } from './tables.js';

/** What `randAugment` needs of an engine, beside tfjs ops. */
export interface RandAugmentOps {
  /**
   * Changes some of the images; the others stay as they are.
   * @param rows int32 `[n]`, `change` has those of the images that it has
   * @param chosen which of the images, bool `[n]`
   */
  readonly changeSome: (
    images: Tensor4D,
    rows: Tensor1D,
    chosen: Tensor1D,
    change: (some: Tensor4D, rows: Tensor1D) => Tensor4D,
  ) => Tensor4D;
  /** `tf.image.transform` to the nearest pixel, with 0 outside the image; matrices `[k, 8]`. */
  readonly project: (images: Tensor4D, matrices: Tensor2D) => Tensor4D;
  readonly sums: NeighbourhoodSums;
  readonly counts: Counts;
}

/** Ops that are one computation. */
interface Kind {
  readonly ops: readonly Op[];
  readonly change: (some: Tensor4D, rows: Tensor1D) => Tensor4D;
}

const blendOps: readonly BlendOp[] = ['Color', 'Contrast', 'Sharpness'];

/**
 * Applies `randAugment` in tfjs ops. Each kind of op is done to those images alone that have drawn it.
 * @param images 0 to 255, float32 `[n, height, width, channels]`, with 1 or 3 channels
 * @param draws `[n, numbers]`, as `randomDraws` explains them
 * @param sides height and width of the images, int32 `[2]`
 * @returns whole numbers from 0 to 255
 */
export function randAugmented(
  images: Tensor4D,
  transform: RandAugment,
  draws: Tensor2D,
  sides: Tensor1D,
  engine: RandAugmentOps,
): Tensor4D {
  const { numOps = 2 } = transform;
  return tidy(() => {
    const whole = round(images);
    const rounds = Array.from({ length: numOps }, (_, i) => rowsOf(slice(draws, [0, 2 * i], [-1, 2])));
    return rounds.reduce((before, rows) => changed(before, transform, rows, sides, engine), whole);
  });
}

/** The rows of `signedRows` that images have drawn, int32 `[n]`. */
function rowsOf(draws: Tensor2D): Tensor1D {
  const op = floor(mul(slice(draws, [0, 0], [-1, 1]), ops.length));
  const negative = cast(lessEqual(slice(draws, [0, 1], [-1, 1]), 0.5), 'float32');
  return reshape(cast(add(op, mul(negative, ops.length)), 'int32'), [-1]) as Tensor1D;
}

function changed(
  images: Tensor4D,
  transform: RandAugment,
  rows: Tensor1D,
  sides: Tensor1D,
  { changeSome, project, sums, counts }: RandAugmentOps,
): Tensor4D {
  const { fill = 0 } = transform;
  const kinds: readonly Kind[] = [
    {
      ops: geometricOps,
      change: (some, rows) =>
        aboveFill(some, fill, (above) => project(above, matricesOf(transform, rows, sides))),
    },
    { ops: tableOps, change: (some, rows) => lookedUp(some, transform, rows, counts) },
    ...blendOps
      .filter((op) => op !== 'Color' || images.shape[3] === 3)
      .map((op): Kind => ({ ops: [op], change: (some, rows) => blended(some, transform, op, rows, sums) })),
  ];
  return kinds.reduce(
    (before, { ops, change }) => changeSome(before, rows, haveDrawn(ops, rows), change),
    images,
  );
}

/** Changes images where 0 stands for the colour `fill`. */
function aboveFill(
  images: Tensor4D,
  fill: number | readonly number[],
  change: (images: Tensor4D) => Tensor4D,
): Tensor4D {
  if (fill === 0) return change(images);
  const colour: Tensor | number = typeof fill === 'number' ? fill : tensor1d([...fill]);
  return add(change(sub(images, colour)), colour);
}
