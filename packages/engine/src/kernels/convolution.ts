import {
  backend_util,
  Conv2D,
  type Conv2DAttrs,
  Conv2DBackpropFilter,
  type Conv2DBackpropFilterAttrs,
  Conv2DBackpropInput,
  type Conv2DBackpropInputAttrs,
  DepthwiseConv2dNative,
  type DepthwiseConv2dNativeAttrs,
  DepthwiseConv2dNativeBackpropFilter,
  type DepthwiseConv2dNativeBackpropFilterAttrs,
  DepthwiseConv2dNativeBackpropInput,
  type DepthwiseConv2dNativeBackpropInputAttrs,
  getKernel,
  matMul,
  reshape,
  type Tensor,
  tensor1d,
  type TensorInfo,
  tidy,
  util,
} from '@tensorflow/tfjs-core';
import { type Inputs, type Kernel, kernel } from './kernel.js';

/**
 * Two kinds of convolution, with their gradients, that tfjs-node's kernels, to which all others go, do not do (well):
 * - with a filter that covers the whole image (LeNet-5's C5, VGG's fc6 as a convolution): a matrix product, at which
 *   TensorFlow is several times faster than at the convolution;
 * - with padding given in pixels, which tfjs-node takes only in part, and not in gradients.
 */
export function convolutionKernels(): Kernel[] {
  return [
    convolution<Conv2DAttrs>(Conv2D, {
      shapes: ({ x, filter }) => [x!.shape, filter!.shape],
      product: ({ x, filter }) =>
        reshape(matMul(rows(x), columns(filter)), [x!.shape[0]!, 1, 1, filter!.shape[3]!]),
      inputs: ({ x, filter }) => [x!, filter!],
    }),
    convolution<Conv2DBackpropInputAttrs>(Conv2DBackpropInput, {
      shapes: ({ filter }, { inputShape }) => [inputShape, filter!.shape],
      product: ({ dy, filter }, { inputShape }) =>
        reshape(matMul(rows(dy), columns(filter), false, true), inputShape),
      inputs: ({ dy, filter }, { inputShape }) => [tensor1d(inputShape, 'int32'), filter!, dy!],
    }),
    convolution<Conv2DBackpropFilterAttrs>(Conv2DBackpropFilter, {
      shapes: ({ x }, { filterShape }) => [x!.shape, filterShape],
      product: ({ x, dy }, { filterShape }) => reshape(matMul(rows(x), rows(dy), true), filterShape),
      inputs: ({ x, dy }, { filterShape }) => [x!, tensor1d(filterShape, 'int32'), dy!],
    }),
    convolution<DepthwiseConv2dNativeAttrs>(DepthwiseConv2dNative, {
      shapes: ({ x, filter }) => [x!.shape, filter!.shape],
      inputs: ({ x, filter }) => [x!, filter!],
    }),
    convolution<DepthwiseConv2dNativeBackpropInputAttrs>(DepthwiseConv2dNativeBackpropInput, {
      shapes: ({ filter }, { inputShape }) => [inputShape, filter!.shape],
      inputs: ({ dy, filter }, { inputShape }) => [tensor1d(inputShape, 'int32'), filter!, dy!],
    }),
    convolution<DepthwiseConv2dNativeBackpropFilterAttrs>(DepthwiseConv2dNativeBackpropFilter, {
      shapes: ({ x }, { filterShape }) => [x!.shape, filterShape],
      inputs: ({ x, dy }, { filterShape }) => [x!, tensor1d(filterShape, 'int32'), dy!],
    }),
  ];
}

type Shape = readonly number[];
type ShapeAttributes = Pick<Conv2DAttrs, 'strides' | 'dimRoundingMode'> & {
  readonly pad: Conv2DAttrs['pad'];
  readonly dilations?: Conv2DAttrs['dilations'];
  readonly dataFormat?: Conv2DAttrs['dataFormat'];
};

interface Convolution<A> {
  /** Of the image, in its data format, and of the filter, `[height, width, in, out]`. */
  shapes(inputs: Inputs, attributes: A): [image: Shape, filter: Shape];
  /** The same as a matrix product, for a filter that covers the image. */
  product?(inputs: Inputs, attributes: A): Tensor;
  /** In the order of TensorFlow's op, which has the kernel's name. */
  inputs(inputs: Inputs, attributes: A): TensorInfo[];
}

function convolution<A extends object>(op: string, { shapes, product, inputs }: Convolution<A>): Kernel {
  const stock = getKernel(op, 'tensorflow');
  const depthwise = op.startsWith('Depthwise');
  return kernel<A>(op, (backend, given, attributes) => {
    const options = attributes as unknown as ShapeAttributes;
    const [image, filter] = shapes(given, attributes);
    if (product && coversImage(image, filter, options)) return tidy(() => product(given, attributes));
    const window = explicitWindow(image, filter, options, depthwise);
    if (!window) return stock.kernelFunc({ inputs: given as never, attrs: attributes as never, backend });
    return tidy(() => {
      const operands = inputs(given, attributes);
      return backend.execute(op, operands, { T: backend.dtype(operands.at(-1)!), ...window })[0]!;
    });
  });
}

function coversImage(
  image: Shape,
  filter: Shape,
  { pad, dataFormat = 'NHWC', dilations = 1 }: ShapeAttributes,
): boolean {
  const dilated = [dilations].flat().some((dilation) => dilation !== 1);
  return (
    pad === 'valid' && dataFormat === 'NHWC' && !dilated && filter[0] === image[1] && filter[1] === image[2]
  );
}

/** Attributes of a convolution with padding in pixels, if there is any. */
function explicitWindow(image: Shape, filter: Shape, options: ShapeAttributes, depthwise: boolean) {
  const { strides, pad, dimRoundingMode, dilations, dataFormat = 'NHWC' } = options;
  if (typeof pad === 'string') return undefined;
  const window = backend_util.computeConv2DInfo(
    image as never,
    filter as never,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    depthwise,
    backend_util.convertConv2DDataFormat(dataFormat),
  );
  const { padInfo, inHeight, inWidth, outHeight, outWidth, strideHeight, strideWidth } = window;
  if (padInfo.type === 'VALID') return undefined;
  // As far as the windows reach, so that the size is as tfjs rounds it.
  const after = (inputs: number, outputs: number, stride: number, size: number, before: number) =>
    Math.max(0, (outputs - 1) * stride + size - before - inputs);
  const { top, left } = padInfo;
  const bottom = after(inHeight, outHeight, strideHeight, window.effectiveFilterHeight, top);
  const right = after(inWidth, outWidth, strideWidth, window.effectiveFilterWidth, left);
  const ordered = <T>(one: T, height: T, width: T) =>
    dataFormat === 'NHWC' ? [one, height, width, one] : [one, one, height, width];
  return {
    strides: ordered(1, strideHeight, strideWidth),
    dilations: ordered(1, window.dilationHeight, window.dilationWidth),
    padding: 'EXPLICIT',
    explicit_paddings: ordered([0, 0], [top, bottom], [left, right]).flat(),
    data_format: dataFormat,
  };
}

/** `[batch, …]` as `[batch, values]`; the batch may be unknown, which is -1. */
function rows(x: unknown): Tensor {
  const [batch, ...values] = (x as Tensor).shape;
  return reshape(x as Tensor, [batch!, util.sizeFromShape(values)]);
}
/** `[…, out]` as `[values, out]`. */
const columns = (filter: unknown) => reshape(filter as Tensor, [-1, (filter as Tensor).shape[3]!]);
