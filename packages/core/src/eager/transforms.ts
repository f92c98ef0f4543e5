import {
  add,
  div,
  image,
  mul,
  slice,
  sub,
  type Tensor3D,
  type Tensor4D,
  tensor1d,
  unstack,
  stack,
} from '@tensorflow/tfjs-core';
import type { Transform } from '../dataset.js';

/**
 * Applies a transform in tfjs ops.
 * @param images float32 `[batch, height, width, channels]`
 * @throws if there are no tfjs ops for it; the message says where it works
 */
export function transformed(images: Tensor4D, transform: Transform): Tensor4D {
  const [, height, width, channels] = images.shape;
  switch (transform.name) {
    case 'resize': {
      if (transform.antialias) throw unsupported('resize with antialias');
      return image.resizeBilinear(images, sizeOf(transform.size, height, width), false, true);
    }
    case 'centerCrop': {
      const [cropHeight, cropWidth] = transform.size;
      // As torchvision rounds it: half to even.
      const offset = (from: number, to: number) => halfToEven((from - to) / 2);
      const begin = [0, offset(height, cropHeight), offset(width, cropWidth), 0];
      return slice(images, begin, [-1, cropHeight, cropWidth, channels]);
    }
    case 'scale':
      return add(mul(images, transform.factor), transform.offset);
    case 'normalize':
      return div(sub(images, tensor1d([...transform.mean])), tensor1d([...transform.std]));
    case 'map':
      return stack((unstack(images) as Tensor3D[]).map((one) => transform.fn(one))) as Tensor4D;
    default:
      throw unsupported(transform.name);
  }
}

function sizeOf(size: number | readonly [number, number], height: number, width: number): [number, number] {
  if (typeof size !== 'number') return [...size];
  const resized = (side: number) => Math.floor((side * size) / Math.min(height, width));
  return [resized(height), resized(width)];
}

function halfToEven(value: number): number {
  const down = Math.floor(value);
  return value - down === 0.5 ? down + (down % 2) : Math.round(value);
}

const unsupported = (transform: string) =>
  new Error(`The transform ${transform} has no tfjs ops: it needs TensorFlow's engine (@paperlab/engine)`);
