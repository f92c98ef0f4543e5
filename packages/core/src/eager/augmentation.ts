import {
  add,
  cast,
  concat,
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
  tensor1d,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  where,
} from '@tensorflow/tfjs-core';
import { colorJittered } from '../color-jitter.js';
import type { RandomTransform } from '../dataset.js';
import { lightingShift } from '../pca-lighting.js';
import { randAugmented } from '../rand-augment/rand-augment.js';
import { resizedCropBoxes } from '../resized-crop.js';
import { adjustHue } from './hue.js';
import { randAugmentOps } from './rand-augment-ops.js';
import { resized } from './resize.js';

/**
 * Applies a random transform in tfjs ops.
 * @param images float32 `[batch, height, width, channels]`
 * @param draws of the batch's images, `[batch, numbers]`, as `randomDraws` explains them
 */
export function augmented(images: Tensor4D, transform: RandomTransform, draws: Tensor2D): Tensor4D {
  const [batch, height, width, channels] = images.shape;
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
    case 'randomResizedCrop': {
      const boxes = resizedCropBoxes(transform, draws, tensor1d([height, width], 'int32')).arraySync();
      return eachImage(images, (image, i) => {
        const [top, left, partHeight, partWidth] = boxes[i]!;
        const part = slice(image, [0, top!, left!, 0], [-1, partHeight!, partWidth!, -1]);
        return resized(part, transform.size, transform.antialias);
      });
    }
    case 'randomShortSideCrop': {
      const { shortSide, size, antialias } = transform;
      const [least, most] = shortSide;
      const sides = add(drawn(0, most + 1 - least), least).dataSync();
      const places = slice(draws, [0, 1], [-1, 2]).arraySync();
      return eachImage(images, (image, i) => {
        const whole = [height, width].map((side) => Math.floor((side * sides[i]!) / Math.min(height, width)));
        const [top, left] = whole.map((side, axis) =>
          Math.floor(Math.fround(places[i]![axis]! * (side + 1 - size[axis]!))),
        );
        const large = resized(image, whole as [number, number], antialias);
        return slice(large, [0, top!, left!, 0], [-1, ...size, -1]);
      });
    }
    case 'colorJitter': {
      const pixels = reshape(images, [batch, height * width, channels]) as Tensor3D;
      return reshape(colorJittered(pixels, transform, draws, adjustHue), images.shape);
    }
    case 'pcaLighting':
      return add(images, reshape(lightingShift(transform, draws), [batch, 1, 1, channels]));
    case 'randAugment':
      return randAugmented(images, transform, draws, tensor1d([height, width], 'int32'), randAugmentOps);
  }
}

/** A transform that has other numbers for each image, which JavaScript must know. */
function eachImage(images: Tensor4D, transform: (image: Tensor4D, index: number) => Tensor4D): Tensor4D {
  const one = (index: number) => slice(images, [index, 0, 0, 0], [1, -1, -1, -1]);
  return concat(Array.from({ length: images.shape[0] }, (_, i) => transform(one(i), i)));
}
