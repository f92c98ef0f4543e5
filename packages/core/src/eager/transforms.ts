import {
  add,
  div,
  mul,
  pad,
  slice,
  stack,
  sub,
  tensor1d,
  tensor3d,
  type Tensor3D,
  type Tensor4D,
  unstack,
} from '@tensorflow/tfjs-core';
import type { MixingTransform, RandomTransform, Transform } from '../dataset.js';
import { mapImage } from '../map-image.js';
import { halfToEven, resized } from './resize.js';
import { viewsOf } from './views.js';

/**
 * Applies a transform in tfjs ops.
 * @param images float32 `[batch, height, width, channels]`
 * @throws if it does not fit the images
 */
export function transformed(
  images: Tensor4D,
  transform: Exclude<Transform, RandomTransform | MixingTransform>,
): Tensor4D {
  const [, height, width, channels] = images.shape;
  switch (transform.name) {
    case 'resize':
      return resized(images, sizeOf(transform.size, height, width), transform.antialias);
    case 'centerCrop': {
      const [cropHeight, cropWidth] = transform.size;
      if (height < cropHeight || width < cropWidth) {
        throw new Error(
          `centerCrop to ${cropHeight} x ${cropWidth} does not fit an image of ${height} x ${width}.`,
        );
      }
      // As torchvision rounds it: half to even.
      const offset = (from: number, to: number) => halfToEven((from - to) / 2);
      const begin = [0, offset(height, cropHeight), offset(width, cropWidth), 0];
      return slice(images, begin, [-1, cropHeight, cropWidth, channels]);
    }
    case 'pad': {
      const both: [number, number] = [transform.padding, transform.padding];
      return pad(images, [[0, 0], both, both, [0, 0]]);
    }
    case 'scale':
      return add(mul(images, transform.factor), transform.offset);
    case 'normalize':
      return div(sub(images, tensor1d([...transform.mean])), tensor1d([...transform.std]));
    case 'subtractMeanImage': {
      const { shape, values } = transform;
      const image = [height, width, channels];
      if (shape.join() === image.join()) return sub(images, tensor3d([...values], [...shape]));
      throw new Error(
        `subtractMeanImage of ${shape.join(' x ')} does not fit an image of ${image.join(' x ')}.`,
      );
    }
    case 'views':
      return viewsOf(images, transform);
    case 'map':
      return stack((unstack(images) as Tensor3D[]).map((one) => mapImage(transform, one))) as Tensor4D;
  }
}

function sizeOf(size: number | readonly [number, number], height: number, width: number): [number, number] {
  if (typeof size !== 'number') return [...size];
  const resized = (side: number) => Math.floor((side * size) / Math.min(height, width));
  return [resized(height), resized(width)];
}
