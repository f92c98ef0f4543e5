import { type AdjustHue, colorJittered } from '@paperlab/core';
import {
  add,
  concat,
  expandDims,
  floor,
  gather,
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
import type { Drawn, Jitter } from './augmentation.js';
import { castImage } from './image-ops.js';

/**
 * Changes the colours of every image.
 * @param images 0 to 1, float32 `[n, height, width, channels]`
 */
export function jitterColors(images: Tensor4D, { transform, draws }: Drawn<Jitter>): Tensor4D {
  return tidy(() => {
    const backend = activeBackend('colorJitter');
    const [shape] = backend.execute('Shape', [images]) as [Tensor1D];
    const flat = concat([slice(shape, 0, 1), tensor1d([-1, images.shape[3]], 'int32')]);
    const [pixels] = backend.execute('Reshape', [images, flat]);
    const jittered = colorJittered(pixels as Tensor3D, transform, draws as Tensor2D, adjustHue);
    return backend.execute('Reshape', [jittered, shape])[0] as Tensor4D;
  });
}

/** Only the images that are chosen are turned into hue, saturation and value, and back. */
const adjustHue: AdjustHue = (images, turns, chosen) => {
  const backend = activeBackend('colorJitter');
  const [places] = backend.execute('Where', [chosen]); // int64 [k, 1]
  const [numbers] = backend.execute('Squeeze', [castImage(places!, 'int32')], { squeeze_dims: [1] });
  const some = gather(images, numbers as Tensor1D);
  const [hsv] = backend.execute('RGBToHSV', [some]);
  const [hue, rest] = split(hsv!, [1, 2], 2) as [Tensor, Tensor];
  const turned = add(hue, expandDims(gather(turns, numbers as Tensor1D), 2));
  const [rgb] = backend.execute('HSVToRGB', [concat([sub(turned, floor(turned)), rest], 2)]);
  return backend.execute('TensorScatterUpdate', [images, places!, rgb!])[0] as Tensor3D;
};
