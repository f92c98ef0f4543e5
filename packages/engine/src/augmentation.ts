import type { RandomTransform } from '@paperlab/core';
import {
  add,
  cast,
  concat,
  div,
  expandDims,
  floor,
  greaterEqual,
  less,
  logicalAnd,
  logicalNot,
  maximum,
  mul,
  scalar,
  slice,
  split,
  squeeze,
  sub,
  type Tensor,
  tensor1d,
  type Tensor2D,
  type Tensor4D,
  tidy,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { activeBackend } from './active-backend.js';
import { cond } from './cond.js';
import { heightAndWidth } from './image-ops.js';

// Random transforms of batches. What the numbers that an image draws mean is said at core's `randomDraws`.

export type Flip = Extract<RandomTransform, { name: 'randomHorizontalFlip' }>;
export type Crop = Extract<RandomTransform, { name: 'randomCrop' }>;
export type Cutout = Extract<RandomTransform, { name: 'cutout' }>;
export type ResizedCrop = Extract<RandomTransform, { name: 'randomResizedCrop' }>;
export type ShortSideCrop = Extract<RandomTransform, { name: 'randomShortSideCrop' }>;
export type Jitter = Extract<RandomTransform, { name: 'colorJitter' }>;
export type Lighting = Extract<RandomTransform, { name: 'pcaLighting' }>;
export type RandAugment = Extract<RandomTransform, { name: 'randAugment' }>;

/** A transform with what every image of the batch draws for it: uniform in [0, 1), `[n, numbers]`. */
export interface Drawn<T extends RandomTransform> {
  readonly transform: T;
  readonly draws: Tensor;
}

/**
 * By how much of a pixel positions are moved towards the middle of the image: far more than rounding errors, far less
 * than half a pixel. So the first and the last pixel are inside for sure, and their neighbours in the padding outside.
 */
const NUDGE = 0.01;

/**
 * Crops and mirrors images, in one pass of TensorFlow's CropAndResize: with boxes of as many pixels as the result has
 * and the method `nearest` it copies pixels, and sets to 0 what lies outside the image.
 * @param images `[m, height, width, channels]`, of any dtype; with padding, two pixels or more in height and width
 * @param which of them make the batch, int32 `[n]`
 * @param transforms one after the other; at most one of them a crop
 * @returns float32 `[n, …]`
 */
export function cropAndFlip(
  images: Tensor4D,
  which: Tensor,
  transforms: readonly Drawn<Crop | Flip>[],
): Tensor4D {
  return tidy(() => {
    const zeros = zerosLike(cast(expandDims(which, 1), 'float32'));
    const sides = heightAndWidth(images);
    let size = sides;
    // Pixel (y, x) of the result is pixel (top + y, left + direction x) of the image.
    let [top, left, direction]: [Tensor, Tensor, Tensor] = [zeros, zeros, add(zeros, 1)];
    for (const { transform, draws } of transforms) {
      const [height, width] = lengths(size);
      if (transform.name === 'randomCrop') {
        const { padding = 0 } = transform;
        size = tensor1d([...transform.size], 'int32');
        const [rows, columns] = lengths(size);
        const begin = (column: number, whole: Tensor, part: Tensor) =>
          sub(floor(mul(numbers(draws, column), add(sub(whole, part), 2 * padding + 1))), padding);
        top = add(top, begin(0, height, rows));
        left = add(left, mul(direction, begin(1, width, columns)));
      } else {
        const mirrored = cast(less(numbers(draws, 0), transform.p ?? 0.5), 'float32');
        left = add(left, mul(mul(direction, mirrored), sub(width, 1)));
        direction = mul(direction, sub(1, mul(mirrored, 2)));
      }
    }
    const [height, width] = lengths(sides);
    const [rows, columns] = lengths(size);
    const box = [
      normalized(top, height),
      normalized(left, width),
      normalized(add(top, sub(rows, 1)), height),
      normalized(add(left, mul(direction, sub(columns, 1))), width),
    ];
    const attributes = { method: 'nearest', extrapolation_value: 0 };
    const inputs = [images, concat(box, 1), which, size];
    return activeBackend('Cropping images').execute('CropAndResize', inputs, attributes)[0] as Tensor4D;
  });
}

/**
 * Mirrors one image, or leaves it as it is; inside functions that are traced.
 * @param images `[1, height, width, channels]`
 * @param drawn draws `[1, numbers]`
 */
export function flip(images: Tensor4D, { transform, draws }: Drawn<Flip>): Tensor4D {
  return tidy(() => {
    const backend = activeBackend('Mirroring an image');
    const mirrored = squeeze(less(numbers(draws, 0), transform.p ?? 0.5));
    // Of an image without a batch ReverseV2 moves whole pixels, else numbers one by one.
    const [image] = backend.execute('Squeeze', [images], { squeeze_dims: [0] });
    const reversed = (given: Tensor) => backend.execute('ReverseV2', [given, tensor1d([1], 'int32')])[0]!;
    const result = cond(mirrored, reversed, (given) => given, [image!]);
    return backend.execute('ExpandDims', [result, scalar(0, 'int32')])[0] as Tensor4D;
  });
}

/** A position in pixels as CropAndResize takes it: the first pixel is at 0, the last at 1. */
function normalized(position: Tensor, length: Tensor): Tensor {
  const last = maximum(sub(length, 1), 1);
  const nudged = add(position, mul(NUDGE, sub(1, mul(2, div(position, last)))));
  return div(nudged, last);
}

/**
 * Sets a square of every image to 0.
 * @param images float32 `[n, height, width, channels]`
 */
export function cutout(images: Tensor4D, { transform, draws }: Drawn<Cutout>): Tensor4D {
  return tidy(() => {
    const [height, width] = lengths(heightAndWidth(images));
    const rows = inSquare(numbers(draws, 0), height, transform.size);
    const columns = inSquare(numbers(draws, 1), width, transform.size);
    const square = expandDims(logicalAnd(expandDims(rows, 2), expandDims(columns, 1)), 3);
    return mul(images, cast(logicalNot(square), 'float32'));
  });
}

/** Which of `length` positions lie in a square that is centred on one of them, `[n, length]`. */
function inSquare(uniform: Tensor, length: Tensor, size: number): Tensor2D {
  const first = sub(floor(mul(uniform, length)), Math.floor(size / 2));
  const ends = [scalar(0), squeeze(length), scalar(1)];
  const positions = activeBackend('cutout').execute('Range', ends)[0]!;
  return logicalAnd(greaterEqual(positions, first), less(positions, add(first, size))) as Tensor2D;
}

/** Height and width of two, each float32 `[1]`. */
const lengths = (sides: Tensor) => split(cast(sides, 'float32'), 2) as [height: Tensor, width: Tensor];

/** One of the numbers that every image draws, `[n, 1]`. */
const numbers = (draws: Tensor, column: number) => slice(draws, [0, column], [-1, 1]);
