import type { Transform, View } from '@paperlab/core';
import {
  add,
  cast,
  concat,
  div,
  floorDiv,
  min,
  mul,
  neg,
  reverse,
  round,
  scalar,
  sub,
  type Tensor1D,
  tensor1d,
  type Tensor4D,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { activeBackend } from './active-backend.js';
import { heightAndWidth, resizeBilinear } from './image-ops.js';

type Views = Extract<Transform, { name: 'views' }>;

/**
 * Applies `views`. Each part is resized and cut by one op, which computes no pixels beside it.
 * @param images float32 `[n, height, width, channels]`
 */
export function viewsOf(images: Tensor4D, { views, size, antialias = false }: Views): Tensor4D {
  return tidy(() => {
    const sides = heightAndWidth(images);
    const parts = views.map((view) => {
      const part = partOf(images, sides, view, size, antialias);
      return view.mirrored ? reverse(part, 2) : part;
    });
    return concat(parts, 1);
  });
}

function partOf(
  images: Tensor4D,
  sides: Tensor1D,
  { shortSide, square, at }: View,
  size: Views['size'],
  antialias: boolean,
): Tensor4D {
  const whole = cast(floorDiv(mul(sides, scalar(shortSide, 'int32')), min(sides)), 'float32') as Tensor1D;
  const factors = div(whole, cast(sides, 'float32')) as Tensor1D;
  const region = square === undefined ? whole : tensor1d([shortSide, shortSide]);
  const corner = square === undefined ? zeros([2]) : round(mul(sub(whole, region), square));
  const cut = (begin: Tensor1D, extent: Views['size']) => {
    const inputs = [images, tensor1d([...extent], 'int32'), factors, neg(begin)];
    const attributes = { kernel_type: 'triangle', antialias };
    return activeBackend('views').execute('ScaleAndTranslate', inputs, attributes)[0] as Tensor4D;
  };
  if (!at) return resizeBilinear(cut(corner as Tensor1D, [shortSide, shortSide]), size, { antialias });
  const margin = sub(region, tensor1d([...size]));
  const begin = add(corner, round(mul(margin, tensor1d([...at]))));
  const known = { shape: [images.shape[0], ...size, images.shape[3]] };
  return activeBackend('views').execute('EnsureShape', [cut(begin as Tensor1D, size)], known)[0] as Tensor4D;
}
