import {
  AvgPool,
  AvgPool3D,
  AvgPool3DGrad,
  type AvgPoolAttrs,
  AvgPoolGrad,
  backend_util,
  getKernel,
  MaxPool,
  MaxPool3D,
  MaxPool3DGrad,
  MaxPoolGrad,
  MaxPoolWithArgmax,
  type MaxPoolWithArgmaxAttrs,
  mul,
  pad as padded,
  slice,
  type Tensor,
  tensor,
  type TensorInfo,
  tidy,
} from '@tensorflow/tfjs-core';
import { type Inputs, type Kernel, kernel } from './kernel.js';

/**
 * Pooling with padding given in pixels, which tfjs-node refuses: of an image or volume that is padded beforehand, where
 * the mean counts no padding and the maximum no zeros, as tfjs defines it. All other pooling goes to tfjs-node's kernels.
 */
export function poolingKernels(): Kernel[] {
  return [
    ...[MaxPool, MaxPool3D].map((name) =>
      pooling(name, ({ x }, axes, pool) => pool({ x: surrounded(x!, axes, -Infinity) })),
    ),
    ...[AvgPool, AvgPool3D].map((name) =>
      pooling(name, ({ x }, axes, pool) => mul(pool({ x: surrounded(x!, axes, 0) }), withoutPadding(axes))),
    ),
    ...[MaxPoolGrad, MaxPool3DGrad].map((name) =>
      pooling(name, ({ dy, input, output }, axes, pool) =>
        inside(pool({ dy, input: surrounded(input!, axes, -Infinity), output }), axes),
      ),
    ),
    ...[AvgPoolGrad, AvgPool3DGrad].map((name) =>
      pooling(name, ({ dy, input }, axes, pool) => {
        const weighted = mul(dy as Tensor, withoutPadding(axes));
        return inside(pool({ dy: weighted, input: surrounded(input!, axes, 0) }), axes);
      }),
    ),
    maxPoolWithArgmax,
  ];
}

const maxPoolWithArgmax = kernel<MaxPoolWithArgmaxAttrs>(MaxPoolWithArgmax, (backend, { x }, attributes) => {
  const { filterSize, strides, pad, includeBatchInIndex } = attributes;
  const window = backend_util.computePool2DInfo(x!.shape as Shape4D, filterSize, strides, 1, pad);
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = window;
  if (!givenByName(padInfo.type)) {
    throw new Error('maxPoolWithArgmax: TensorFlow pads it by "valid" or "same" alone, not by numbers');
  }
  return backend.execute('MaxPoolWithArgmax', [x!], {
    ksize: [1, filterHeight, filterWidth, 1],
    strides: [1, strideHeight, strideWidth, 1],
    padding: padInfo.type,
    include_batch_in_index: includeBatchInIndex,
    Targmax: 'int32',
    T: backend.dtype(x!),
  });
});

type Shape4D = [number, number, number, number];
type Shape5D = [number, number, number, number, number];
type Padding = ReturnType<typeof backend_util.computePool2DInfo>['padInfo']['type'];

const givenByName = (type: Padding) => type === 'VALID' || type === 'SAME';

/** How windows lie along one axis of an image or volume. */
interface Axis {
  readonly inputs: number;
  readonly outputs: number;
  readonly size: number;
  readonly stride: number;
  /** Padding before the first input. */
  readonly before: number;
}

function pooling(
  kernelName: string,
  explicit: (
    inputs: Inputs,
    axes: readonly Axis[],
    pool: (inputs: Record<string, TensorInfo | undefined>) => Tensor,
  ) => Tensor,
): Kernel {
  const stock = getKernel(kernelName, 'tensorflow');
  return kernel<AvgPoolAttrs>(kernelName, (backend, inputs, attributes) => {
    const run = (given: object, attrs: object) =>
      stock.kernelFunc({ inputs: given as never, attrs: attrs as never, backend }) as Tensor;
    const axes = explicitAxes((inputs['x'] ?? inputs['input'])!.shape, attributes);
    if (!axes) return run(inputs, attributes);
    const unpadded = { ...attributes, pad: 'valid', dimRoundingMode: undefined };
    return tidy(() => explicit(inputs, axes, (given) => run(given, unpadded)));
  });
}

/** @returns nothing where the padding is given by name */
function explicitAxes(shape: readonly number[], attributes: AvgPoolAttrs): Axis[] | undefined {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  // prettier-ignore
  if (shape.length === 5) {
    const window = backend_util.computePool3DInfo(shape as Shape5D, filterSize as number, strides as number, 1, pad as number, dimRoundingMode);
    const { front, top, left, type } = window.padInfo;
    if (givenByName(type)) return undefined;
    return [
      { inputs: window.inDepth, outputs: window.outDepth, size: window.filterDepth, stride: window.strideDepth, before: front },
      { inputs: window.inHeight, outputs: window.outHeight, size: window.filterHeight, stride: window.strideHeight, before: top },
      { inputs: window.inWidth, outputs: window.outWidth, size: window.filterWidth, stride: window.strideWidth, before: left },
    ];
  }
  const window = backend_util.computePool2DInfo(
    shape as Shape4D,
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const { top, left, type } = window.padInfo;
  if (givenByName(type)) return undefined;
  // prettier-ignore
  return [
    { inputs: window.inHeight, outputs: window.outHeight, size: window.filterHeight, stride: window.strideHeight, before: top },
    { inputs: window.inWidth, outputs: window.outWidth, size: window.filterWidth, stride: window.strideWidth, before: left },
  ];
}

/** Padded as far as the windows reach. */
function surrounded(image: TensorInfo, axes: readonly Axis[], value: number): Tensor {
  const padding = axes.map(({ inputs, outputs, size, stride, before }): [number, number] => [
    before,
    Math.max(0, (outputs - 1) * stride + size - before - inputs),
  ]);
  return padded(image as Tensor, [[0, 0], ...padding, [0, 0]], value);
}

/** What lies within the padding. */
function inside(image: Tensor, axes: readonly Axis[]): Tensor {
  const begin = axes.map(({ before }) => before);
  return slice(image, [0, ...begin, 0], [-1, ...axes.map(({ inputs }) => inputs), -1]);
}

/** Pixels of each window by those of it that lie in the image, `[1, height, width, 1]` (with the depth for volumes). */
function withoutPadding(axes: readonly Axis[]): Tensor {
  const covered = axes.map(({ inputs, outputs, size, stride, before }) =>
    Array.from({ length: outputs }, (_, i) => {
      const begin = i * stride - before;
      return Math.max(0, Math.min(begin + size, inputs) - Math.max(begin, 0));
    }),
  );
  const pixels = covered.reduce((product, along) => product.flatMap((n) => along.map((m) => n * m)), [1]);
  const window = axes.reduce((product, { size }) => product * size, 1);
  const factors = pixels.map((n) => (n > 0 ? window / n : 0));
  return tensor(factors, [1, ...axes.map(({ outputs }) => outputs), 1]);
}
