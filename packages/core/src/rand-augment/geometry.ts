import {
  addN,
  cast,
  concat,
  div,
  floor,
  gather,
  mul,
  slice,
  split,
  sub,
  type Tensor,
  type Tensor1D,
  tensor2d,
  type Tensor2D,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { binOf, magnitudeOf, type Op, type RandAugment, signedRows } from './ops.js';

export const geometricOps: readonly Op[] = ['ShearX', 'ShearY', 'TranslateX', 'TranslateY', 'Rotate'];

/**
 * Where a coordinate of an image's pixel comes from: `x * column + y * row + (constant + width * w + height * h) - shift * s`.
 * `s`, in pixels, is how far images are moved that are.
 */
interface Source {
  readonly x: number;
  readonly y: number;
  readonly constant?: number;
  readonly w?: number;
  readonly h?: number;
  readonly shift?: number;
}

/** Numbers of a `Source`. */
const TERMS = 6;

/**
 * The matrices by which `tf.image.transform` makes what images have drawn, from each pixel to where it comes from. As torchvision
 * does it, whose pixels have their centres at halves: shears are about the top left corner, rotations, anticlockwise, about
 * the middle, and images are moved by whole pixels.
 * @param rows of `signedRows`, int32 `[k]`
 * @param sides height and width of the images, int32 `[2]`
 * @returns float32 `[k, 8]`
 */
export function matricesOf(transform: RandAugment, rows: Tensor1D, sides: Tensor1D): Tensor2D {
  const table = signedRows((op, sign) => sourcesOf(transform, op, sign).flatMap(numbersOf));
  const terms = gather(tensor2d(table), rows);
  const [height, width] = split(cast(sides, 'float32'), 2) as [Tensor1D, Tensor1D];
  const coordinate = (first: number, side: Tensor1D): Tensor[] => {
    const [x, y, constant, w, h, shift] = split(slice(terms, [0, first], [-1, TERMS]), TERMS, 1) as Tensor[];
    const offset = addN([constant!, mul(w!, width), mul(h!, height)]);
    return [x!, y!, sub(offset, mul(shift!, translation(transform, side)))];
  };
  const both = [...coordinate(0, width), ...coordinate(TERMS, height)];
  const none = zerosLike(both[0]!);
  return concat([...both, none, none], 1) as Tensor2D;
}

const numbersOf = ({ x, y, constant = 0, w = 0, h = 0, shift = 0 }: Source) => [x, y, constant, w, h, shift];

/** Of the column, and of the row. */
function sourcesOf(transform: RandAugment, op: Op, sign: 1 | -1): readonly [column: Source, row: Source] {
  const column: Source = { x: 1, y: 0 };
  const row: Source = { x: 0, y: 1 };
  switch (op) {
    case 'ShearX':
    case 'ShearY': {
      const shear = sign * magnitudeOf(transform, 0, 0.3);
      return op === 'ShearX'
        ? [{ ...column, y: shear, constant: shear / 2 }, row]
        : [column, { ...row, x: shear, constant: shear / 2 }];
    }
    case 'TranslateX':
      return [{ ...column, shift: sign }, row];
    case 'TranslateY':
      return [column, { ...row, shift: sign }];
    case 'Rotate': {
      const angle = (sign * magnitudeOf(transform, 0, 30) * Math.PI) / 180;
      const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
      return [
        { x: cos, y: -sin, constant: (cos - sin - 1) / 2, w: (1 - cos) / 2, h: sin / 2 },
        { x: sin, y: cos, constant: (sin + cos - 1) / 2, w: -sin / 2, h: (1 - cos) / 2 },
      ];
    }
    default:
      return [column, row];
  }
}

/** Whole pixels, of at most 150 in 331: `magnitudeOf` where the image's side is a tensor. */
function translation(transform: RandAugment, side: Tensor1D): Tensor1D {
  const { magnitude, steps, inFirstHalf } = binOf(transform);
  const most = div(mul(side, 150), 331) as Tensor1D;
  const step = div(most, steps);
  return floor(inFirstHalf ? mul(step, magnitude) : sub(most, mul(step, steps - magnitude))) as Tensor1D;
}
