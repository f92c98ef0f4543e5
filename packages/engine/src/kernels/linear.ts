import {
  _FusedMatMul,
  Add,
  add,
  BatchMatMul,
  conv2d,
  FusedConv2D,
  type FusedConv2DAttrs,
  getKernel,
  matMul,
  reshape,
  Sum,
  type Tensor,
  type Tensor4D,
  type TensorInfo,
  tidy,
  util,
} from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from '../backend.js';
import { type Inputs, type Kernel, kernel } from './kernel.js';

/**
 * Matrix products, biases and their gradients as the ops that TensorFlow optimises best (MatMul, BiasAdd,
 * BiasAddGrad) and fuses with their neighbours. tfjs-node uses BatchMatMulV2, AddV2 and Sum, which stay in use where
 * those do not fit.
 */
export function linearKernels(): Kernel[] {
  const batchMatMul = getKernel(BatchMatMul, 'tensorflow');
  const sum = getKernel(Sum, 'tensorflow');
  const plainAdd = getKernel(Add, 'tensorflow');
  return [
    // tfjs-layers adds biases so while gradients are recorded.
    kernel(Add, (backend, { a, b }) => {
      const isBias =
        b!.shape.length === 1 &&
        a!.shape.length > 1 &&
        a!.shape.length <= 5 &&
        a!.shape.at(-1) === b!.shape[0];
      if (a!.dtype === 'float32' && isBias && b!.dtype === 'float32') return biasAdd(backend, a!, b!, 'NHWC');
      return plainAdd.kernelFunc({ inputs: { a, b }, attrs: {}, backend });
    }),
    kernel<MatMulAttributes>(BatchMatMul, (backend, { a, b }, { transposeA, transposeB }) => {
      if (!isMatrix(a!) || !isMatrix(b!)) {
        return batchMatMul.kernelFunc({ inputs: { a, b }, attrs: { transposeA, transposeB }, backend });
      }
      return tidy(() => {
        const matrices = [a!, b!].map((x) => reshape(x as Tensor, x.shape.slice(1)));
        const attributes = { T: backend.dtype(a!), transpose_a: transposeA, transpose_b: transposeB };
        const [product] = backend.execute('MatMul', matrices, attributes);
        return reshape(product!, [1, ...product!.shape]);
      });
    }),
    kernel<MatMulAttributes & Activation>(_FusedMatMul, (backend, inputs, attributes) =>
      tidy(() => {
        const { transposeA, transposeB } = attributes;
        return finish(
          backend,
          matMul(inputs['a'] as Tensor, inputs['b'] as Tensor, transposeA, transposeB),
          inputs,
          attributes,
        );
      }),
    ),
    kernel<FusedConv2DAttrs>(FusedConv2D, (backend, inputs, attributes) =>
      tidy(() => {
        const { strides, pad, dataFormat, dilations, dimRoundingMode } = attributes;
        const [x, filter] = [inputs['x'], inputs['filter']] as Tensor4D[];
        const product = conv2d(x!, filter!, strides, pad, dataFormat, dilations, dimRoundingMode);
        return finish(backend, product, inputs, attributes, dataFormat);
      }),
    ),
    kernel<{ axis: number | number[]; keepDims: boolean }>(Sum, (backend, { x }, attributes) => {
      const { dtype, shape } = x!;
      const axes = util.parseAxisParam(attributes.axis, shape);
      const allButLast =
        shape.length >= 2 && axes.length === shape.length - 1 && !axes.includes(shape.length - 1);
      if (dtype === 'float32' && allButLast && !attributes.keepDims)
        return backend.execute('BiasAddGrad', [x!], { T: dtype })[0]!;
      return sum.kernelFunc({ inputs: { x }, attrs: attributes, backend });
    }),
  ];
}

interface MatMulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

interface Activation {
  readonly activation: string;
  readonly leakyreluAlpha?: number;
}

/** tfjs gives matrix products a batch dimension, mostly of 1. */
const isMatrix = ({ shape }: { shape: readonly number[] }) => shape.length === 3 && shape[0] === 1;

/** Adds the bias, if there is one, and applies the activation. */
function finish(
  backend: TensorFlowBackend,
  product: Tensor,
  inputs: Inputs,
  { activation, leakyreluAlpha }: Activation,
  dataFormat: 'NHWC' | 'NCHW' = 'NHWC',
): Tensor {
  const { bias, preluActivationWeights } = inputs;
  const biased = bias ? withBias(backend, product, bias as Tensor, dataFormat) : product;
  const slopes = preluActivationWeights as Tensor | undefined;
  const perChannel = dataFormat === 'NCHW' && slopes?.rank === 1 ? reshape(slopes, [-1, 1, 1]) : slopes;
  return backend.applyActivation(biased, activation, perChannel, leakyreluAlpha);
}

/** A bias for each channel is what TensorFlow optimises; tfjs takes any that can be broadcast. */
function withBias(
  backend: TensorFlowBackend,
  product: Tensor,
  bias: Tensor,
  dataFormat: 'NHWC' | 'NCHW',
): Tensor {
  const channels = dataFormat === 'NHWC' ? product.shape.at(-1) : product.shape[1];
  if (bias.size !== channels || bias.shape.at(-1) !== channels) return add(product, bias);
  return biasAdd(backend, product, reshape(bias, [-1]), dataFormat);
}

const biasAdd = (backend: TensorFlowBackend, x: TensorInfo, bias: TensorInfo, dataFormat: 'NHWC' | 'NCHW') =>
  backend.execute('BiasAdd', [x, bias], { T: x.dtype, data_format: dataFormat })[0]!;
