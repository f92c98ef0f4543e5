import { resizedCropBoxes } from '@paperlab/core';
import {
  add,
  cast,
  concat,
  div,
  expandDims,
  floor,
  floorDiv,
  min,
  mul,
  neg,
  reshape,
  scalar,
  slice,
  split,
  sub,
  type Tensor,
  type Tensor1D,
  tensor1d,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import { activeBackend } from './active-backend.js';
import type { Drawn, ResizedCrop, ShortSideCrop } from './augmentation.js';
import { heightAndWidth, resizeBilinear } from './image-ops.js';

// Random transforms that resize, of one image: parts of other sizes make no batch before they are resized.

/**
 * Takes a part of one image, and resizes it.
 * @param images `[m, height, width, channels]`, of any dtype
 * @param which of them, int32 of one element
 * @param drawn draws `[1, numbers]`
 * @returns float32 `[1, …]`
 */
export function resizedPart(
  images: Tensor4D,
  which: Tensor,
  { transform, draws }: Drawn<ResizedCrop | ShortSideCrop>,
): Tensor4D {
  return tidy(() => {
    const image = (corner: Tensor1D, extent: Tensor1D) => part(images, which, corner, extent);
    const sides = heightAndWidth(images);
    const resized =
      transform.name === 'randomResizedCrop'
        ? resizedCrop(image, sides, { transform, draws })
        : shortSideCrop(image, sides, { transform, draws });
    const known = { shape: [1, ...transform.size, images.shape[3]] };
    return activeBackend(transform.name).execute('EnsureShape', [resized], known)[0] as Tensor4D;
  });
}

/** The same of a part that has been cut out already, float32 `[1, …]`. */
export function resizedWhole(image: Tensor3D, { size, antialias }: ResizedCrop): Tensor4D {
  return tidy(() => {
    const resized = resizeBilinear(expandDims(image) as Tensor4D, size, { antialias });
    const known = { shape: [1, ...size, image.shape[2]] };
    return activeBackend('randomResizedCrop').execute('EnsureShape', [resized], known)[0] as Tensor4D;
  });
}

/** Top, left, height and width of the part that an image draws, int32 `[4]`. */
export const boxOf = ({ transform, draws }: Drawn<ResizedCrop>, sides: Tensor1D) =>
  reshape(cast(resizedCropBoxes(transform, draws as Tensor2D, sides), 'int32'), [4]) as Tensor1D;

type Cut = (corner: Tensor1D, extent: Tensor1D) => Tensor4D;

function resizedCrop(cut: Cut, sides: Tensor1D, { transform, draws }: Drawn<ResizedCrop>): Tensor4D {
  const [corner, extent] = split(boxOf({ transform, draws }, sides), 2) as [Tensor1D, Tensor1D];
  return resizeBilinear(cut(corner, extent), transform.size, transform);
}

/** No more pixels are computed than the part has. */
function shortSideCrop(cut: Cut, sides: Tensor1D, { transform, draws }: Drawn<ShortSideCrop>): Tensor4D {
  const { shortSide, size, antialias = false } = transform;
  const [least, most] = shortSide;
  const numbers = (first: number, count: number) => reshape(slice(draws, [0, first], [1, count]), [count]);
  const side = add(cast(floor(mul(numbers(0, 1), most + 1 - least)), 'int32'), scalar(least, 'int32'));
  const whole = cast(floorDiv(mul(sides, side), min(sides)), 'float32');
  const corner = floor(mul(numbers(1, 2), sub(whole, tensor1d([size[0] - 1, size[1] - 1]))));
  const image = cut(tensor1d([0, 0], 'int32'), sides);
  const inputs = [image, tensor1d([...size], 'int32'), div(whole, cast(sides, 'float32')), neg(corner)];
  const attributes = { kernel_type: 'triangle', antialias };
  return activeBackend(transform.name).execute('ScaleAndTranslate', inputs, attributes)[0] as Tensor4D;
}

/**
 * A part of one of many images, `[1, …]`. By StridedSlice: of Slice on bytes oneDNN says on standard error, on most CPUs, that
 * it cannot do it.
 */
function part(images: Tensor4D, which: Tensor, corner: Tensor1D, extent: Tensor1D): Tensor4D {
  const begin = concat([reshape(which, [1]), corner, tensor1d([0], 'int32')]);
  const size = concat([tensor1d([1], 'int32'), extent, tensor1d([images.shape[3]], 'int32')]);
  const inputs = [images, begin, add(begin, size), tensor1d([1, 1, 1, 1], 'int32')];
  return activeBackend('An image').execute('StridedSlice', inputs)[0] as Tensor4D;
}
