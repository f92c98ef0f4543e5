import {
  backend_util,
  cast,
  ones,
  RotateWithOffset,
  type RotateWithOffsetAttrs,
  scalar,
  type Tensor,
  tensor1d,
  tensor2d,
  type TensorInfo,
  tidy,
  Transform,
  type TransformAttrs,
  where,
} from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from '../backend.js';
import { type Kernel, kernel } from './kernel.js';

/** tfjs's projective transforms of images, for which tfjs-node has no kernels. */
export const imageKernels: readonly Kernel[] = [
  kernel<TransformAttrs>(Transform, (backend, { image, transforms }, attributes) =>
    tidy(() => transformed(backend, image!, transforms!, attributes)),
  ),
  // Each pixel of the result takes the one nearest to where the rotation puts it.
  kernel<RotateWithOffsetAttrs>(RotateWithOffset, (backend, { image }, { radians, fillValue, center }) =>
    tidy(() => {
      const [, height, width, channels] = image!.shape as [number, number, number, number];
      const [x, y] = backend_util.getImageCenter(center, height, width);
      const [sin, cos] = [Math.sin(radians), Math.cos(radians)];
      const rotation = [cos, -sin, x - x * cos + y * sin, sin, cos, y - x * sin - y * cos, 0, 0];
      const rotate = (pixels: TensorInfo, fill: number) =>
        transformed(backend, pixels, tensor2d(rotation, [1, 8]), {
          interpolation: 'nearest',
          fillMode: 'constant',
          fillValue: fill,
        });
      if (typeof fillValue === 'number') return rotate(image!, fillValue);
      // A value for each colour; alpha is opaque.
      const outside = tensor1d([...fillValue, 255].slice(0, channels), image!.dtype as 'float32' | 'int32');
      const covered = cast(rotate(ones([1, height, width, 1]), 0), 'bool');
      return where(covered, rotate(image!, 0), outside);
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
