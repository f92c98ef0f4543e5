import { randAugmented, type RandAugmentOps } from '@paperlab/core';
import {
  concat,
  gather,
  ones,
  prod,
  scalar,
  slice,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  zeros,
} from '@tensorflow/tfjs-core';
import { activeBackend } from './active-backend.js';
import type { Drawn, RandAugment } from './augmentation.js';
import { castImage, heightAndWidth } from './image-ops.js';

/**
 * Applies RandAugment to every image.
 * @param images 0 to 255, float32 `[n, height, width, channels]`
 */
export const randAugment = (images: Tensor4D, { transform, draws }: Drawn<RandAugment>): Tensor4D =>
  randAugmented(images, transform, draws as Tensor2D, heightAndWidth(images), engineOps);

/** None of these costs more than its call where no image is chosen: then the tensors that they take have none. */
const engineOps: RandAugmentOps = {
  changeSome(images, rows, chosen, change) {
    const places = execute('Where', [chosen]); // int64 [k, 1]
    const indices = execute('Squeeze', [castImage(places, 'int32')], { squeeze_dims: [1] }) as Tensor1D;
    const changed = change(gather(images, indices), gather(rows, indices));
    return execute('TensorScatterUpdate', [images, places, changed]) as Tensor4D;
  },
  project(images, matrices) {
    const inputs = [images, matrices, heightAndWidth(images), scalar(0)];
    const attributes = { interpolation: 'NEAREST', fill_mode: 'CONSTANT' };
    return execute('ImageProjectiveTransformV3', inputs, attributes) as Tensor4D;
  },
  sums(images) {
    const kernel = ones([3, 3, images.shape[3], 1]);
    const attributes = { strides: [1, 1, 1, 1], padding: 'SAME' };
    return execute('DepthwiseConv2dNative', [images, kernel], attributes) as Tensor4D;
  },
  counts(values, size) {
    const shape = execute('Shape', [values]) as Tensor1D;
    const flat = execute('Reshape', [
      values,
      concat([slice(shape, 0, 1), prod(slice(shape, 1, 3), 0, true)]),
    ]);
    return execute('DenseBincount', [flat, scalar(size, 'int32'), zeros([0])]);
  },
};

const execute = (op: string, inputs: Tensor[], attributes?: Parameters<Execute>[2]): Tensor =>
  activeBackend('randAugment').execute(op, inputs, attributes)[0]!;
type Execute = ReturnType<typeof activeBackend>['execute'];
