import {
  backend_util,
  greater,
  onesLike,
  RotateWithOffset,
  type RotateWithOffsetAttrs,
  scalar,
  type Tensor,
  tensor1d,
  tensor2d,
  type Tensor4D,
  type TensorInfo,
  tidy,
  Transform,
  type TransformAttrs,
  where,
} from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from '../backend.js';
import { type Kernel, kernel } from './kernel.js';

/** Geometric transforms of images `[batch, height, width, channels]`. */
export const imageKernels: readonly Kernel[] = [
  kernel<TransformAttrs>(Transform, (backend, { image, transforms }, attributes) =>
    tidy(() => transformed(backend, image!, transforms!, attributes)),
  ),
  kernel<RotateWithOffsetAttrs>(RotateWithOffset, (backend, { image }, { radians, fillValue, center }) =>
    tidy(() => {
      const [, height, width, channels] = (image as Tensor4D).shape;
      const [x, y] = backend_util.getImageCenter(center, height, width);
      const [sin, cos] = [Math.sin(radians), Math.cos(radians)];
      const rotation = tensor2d([[cos, -sin, x - x * cos + y * sin, sin, cos, y - x * sin - y * cos, 0, 0]]);
      const rotate = (pixels: TensorInfo, outside: number) =>
        transformed(backend, pixels, rotation, {
          interpolation: 'nearest',
          fillMode: 'constant',
          fillValue: outside,
        });
      if (typeof fillValue === 'number') return rotate(image!, fillValue);
      const OPAQUE = 255;
      const colour = tensor1d([...fillValue, OPAQUE].slice(0, channels), image!.dtype as 'float32');
      return where(greater(rotate(onesLike(image as Tensor), 0), 0), rotate(image!, 0), colour);
    }),
  ),
];

function transformed(
  backend: TensorFlowBackend,
  image: TensorInfo,
  transforms: TensorInfo,
  { interpolation, fillMode, fillValue, outputShape }: TransformAttrs,
): Tensor {
  const size = tensor1d(outputShape ?? image.shape.slice(1, 3), 'int32');
  return backend.execute('ImageProjectiveTransformV3', [image, transforms, size, scalar(fillValue)], {
    dtype: backend.dtype(image),
    interpolation: interpolation.toUpperCase(),
    fill_mode: fillMode.toUpperCase(),
  })[0]!;
}
