import {
  add,
  cast,
  clipByValue,
  div,
  equal,
  floor,
  gather,
  mean,
  mul,
  onesLike,
  reshape,
  round,
  slice,
  split,
  sub,
  type Tensor,
  type Tensor1D,
  tensor1d,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { type RandAugment, signedRows, strengthOf } from './ops.js';

/** These mix an image with another one that is made of it, which has none of what they change. */
export type BlendOp = 'Color' | 'Contrast' | 'Sharpness';

/**
 * The sums of all pixels and their eight neighbours, channel by channel; those outside the image are 0.
 * @param images float32 `[k, height, width, channels]`
 */
export type NeighbourhoodSums = (images: Tensor4D) => Tensor4D;

/**
 * @param images whole numbers from 0 to 255, float32 `[k, height, width, channels]`
 * @param rows of `signedRows`, int32 `[k]`
 */
export function blended(
  images: Tensor4D,
  transform: RandAugment,
  op: BlendOp,
  rows: Tensor1D,
  sums: NeighbourhoodSums,
): Tensor4D {
  const perImage = (of: (strength: number) => number) => {
    const table = signedRows((_, sign) => of(sign * strengthOf(transform)));
    return reshape(gather(tensor1d(table), rows), [-1, 1, 1, 1]);
  };
  const other = without(op, images, sums);
  const share = perImage((strength) => -strength);
  // One number in two ways, each as torchvision rounds it, for fractions are cut off.
  const mixed =
    op === 'Sharpness'
      ? add(images, mul(sub(other, images), share))
      : add(
          mul(
            images,
            perImage((strength) => 1 + strength),
          ),
          mul(other, share),
        );
  return floor(clipByValue(mixed, 0, 255)) as Tensor4D;
}

/** An image without colours, contrasts or sharp edges. */
function without(op: BlendOp, images: Tensor4D, sums: NeighbourhoodSums): Tensor {
  switch (op) {
    case 'Color':
      return grey(images);
    case 'Contrast':
      return mean(grey(images), [1, 2, 3], true);
    case 'Sharpness': {
      const smooth = round(div(add(sums(images), mul(images, 4)), 13));
      const one = onesLike(slice(images, [0, 0, 0, 0], [-1, -1, -1, 1])) as Tensor4D;
      const inside = cast(equal(sums(one), 9), 'float32');
      return add(images, mul(inside, sub(smooth, images)));
    }
  }
}

/** ITU-R BT.601, with torchvision's digits, fractions cut off. */
function grey(images: Tensor4D): Tensor {
  if (images.shape[3] === 1) return images;
  const [red, green, blue] = split(images, 3, 3) as [Tensor, Tensor, Tensor];
  return floor(add(add(mul(red, 0.2989), mul(green, 0.587)), mul(blue, 0.114)));
}
