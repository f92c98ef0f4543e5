import {
  AvgPool,
  type AvgPoolAttrs,
  AvgPoolGrad,
  backend_util,
  getKernel,
  MaxPool,
  MaxPoolGrad,
  mul,
  pad as padded,
  slice,
  tensor4d,
  type Tensor,
  type TensorInfo,
  tidy,
} from '@tensorflow/tfjs-core';
import { type Inputs, type Kernel, kernel } from './kernel.js';

/**
 * Pooling with padding given in pixels, which tfjs-node refuses: of an image that is padded beforehand, where the mean
 * counts no padding and the maximum no zeros, as tfjs defines it. All other pooling goes to tfjs-node's kernels.
 */
export function poolingKernels(): Kernel[] {
  return [
    pooling(MaxPool, ({ x }, window, pool) => pool({ x: surrounded(x!, window, -Infinity) })),
    pooling(AvgPool, ({ x }, window, pool) =>
      mul(pool({ x: surrounded(x!, window, 0) }), withoutPadding(window)),
    ),
    pooling(MaxPoolGrad, ({ dy, input, output }, window, pool) =>
      inside(pool({ dy, input: surrounded(input!, window, -Infinity), output }), window),
    ),
    pooling(AvgPoolGrad, ({ dy, input }, window, pool) => {
      const weighted = mul(dy as Tensor, withoutPadding(window));
      return inside(pool({ dy: weighted, input: surrounded(input!, window, 0) }), window);
    }),
  ];
}

type Window = ReturnType<typeof backend_util.computePool2DInfo>;

function pooling(
  kernelName: string,
  explicit: (
    inputs: Inputs,
    window: Window,
    pool: (inputs: Record<string, TensorInfo | undefined>) => Tensor,
  ) => Tensor,
): Kernel {
  const stock = getKernel(kernelName, 'tensorflow');
  return kernel<AvgPoolAttrs>(kernelName, (backend, inputs, attributes) => {
    const { filterSize, strides, pad, dimRoundingMode } = attributes;
    const { shape } = (inputs['x'] ?? inputs['input'])!;
    const image = shape as [number, number, number, number];
    const window = backend_util.computePool2DInfo(image, filterSize, strides, 1, pad, dimRoundingMode);
    const run = (given: object, attrs: object) =>
      stock.kernelFunc({ inputs: given as never, attrs: attrs as never, backend }) as TensorInfo;
    if (['VALID', 'SAME'].includes(window.padInfo.type)) return run(inputs, attributes);
    const pool = (given: object) => run(given, { filterSize, strides, pad: 'valid' }) as Tensor;
    return tidy(() => explicit(inputs, window, pool));
  });
}

/** Rows below and columns to the right that the last windows reach into. */
function beyond({ padInfo, inHeight, inWidth, ...window }: Window): [bottom: number, right: number] {
  const reach = (outputs: number, stride: number, size: number, before: number, length: number) =>
    Math.max(0, (outputs - 1) * stride + size - before - length);
  return [
    reach(window.outHeight, window.strideHeight, window.filterHeight, padInfo.top, inHeight),
    reach(window.outWidth, window.strideWidth, window.filterWidth, padInfo.left, inWidth),
  ];
}

function surrounded(image: TensorInfo, window: Window, value: number): Tensor {
  const [bottom, right] = beyond(window);
  const { top, left } = window.padInfo;
  return padded(
    image as Tensor,
    [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ],
    value,
  );
}

/** What lies within the padding. */
function inside(image: Tensor, { padInfo: { top, left }, inHeight, inWidth }: Window): Tensor {
  return slice(image, [0, top, left, 0], [-1, inHeight, inWidth, -1]);
}

/** Pixels of each window by those of it that lie in the image, `[1, height, width, 1]`. */
function withoutPadding({ padInfo: { top, left }, inHeight, inWidth, ...window }: Window): Tensor {
  const counts = (outputs: number, stride: number, size: number, before: number, length: number) =>
    Array.from({ length: outputs }, (_, i) => {
      const begin = i * stride - before;
      return Math.max(0, Math.min(begin + size, length) - Math.max(begin, 0));
    });
  const rows = counts(window.outHeight, window.strideHeight, window.filterHeight, top, inHeight);
  const columns = counts(window.outWidth, window.strideWidth, window.filterWidth, left, inWidth);
  const size = window.filterHeight * window.filterWidth;
  const factors = rows.flatMap((row) =>
    columns.map((column) => (row * column > 0 ? size / (row * column) : 0)),
  );
  return tensor4d(factors, [1, rows.length, columns.length, 1]);
}
