import {
  type DataType,
  elu,
  KernelBackend,
  leakyRelu,
  prelu,
  relu,
  relu6,
  sigmoid,
  type Tensor,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { dtypeNumber } from './dtype.js';
import type { Attributes } from './value.js';

/** An attribute as tfjs-node's kernels pass it. */
interface KernelAttribute {
  readonly name: string;
  readonly value: never;
}

/** What tfjs-node's kernels call on their backend, which there is `NodeJSKernelBackend` on a native add-on. */
export abstract class TfjsNodeBackend extends KernelBackend {
  /** Numbers of dtypes and attribute types. */
  // prettier-ignore
  readonly binding = {
    TF_FLOAT: dtypeNumber('float32'), TF_INT32: dtypeNumber('int32'), TF_INT64: dtypeNumber('int64'), TF_UINT8: dtypeNumber('uint8'),
    TF_BOOL: dtypeNumber('bool'), TF_COMPLEX64: dtypeNumber('complex64'), TF_STRING: dtypeNumber('string'), TF_RESOURCE: dtypeNumber('resource'),
    TF_ATTR_STRING: 0, TF_ATTR_INT: 1, TF_ATTR_FLOAT: 2, TF_ATTR_BOOL: 3, TF_ATTR_TYPE: 4, TF_ATTR_SHAPE: 5,
  };
  readonly isGPUPackage = false;
  abstract readonly isUsingGpuDevice: boolean;

  /** Runs an op on tfjs tensors. */
  abstract execute(
    op: string,
    inputs: readonly TensorInfo[],
    attributes?: Attributes,
    outputs?: number,
  ): Tensor[];

  executeSingleOutput(
    op: string,
    attributes: readonly KernelAttribute[],
    inputs: readonly TensorInfo[],
  ): Tensor {
    return this.execute(op, inputs, named(attributes), 1)[0]!;
  }

  executeSingleInput(op: string, input: TensorInfo): Tensor {
    return this.execute(op, [input], { T: this.getDTypeInteger(input.dtype) }, 1)[0]!;
  }

  executeMultipleOutputs(
    op: string,
    attributes: readonly KernelAttribute[],
    inputs: readonly TensorInfo[],
    outputs: number,
  ): Tensor[] {
    return this.execute(op, inputs, named(attributes), outputs);
  }

  /** The activation of a fused kernel. `input` stays the caller's. */
  applyActivation(
    input: Tensor,
    activation?: string | null,
    preluWeights?: Tensor,
    leakyreluAlpha?: number,
  ): Tensor {
    switch (activation ?? 'linear') {
      case 'linear':
        return input;
      case 'relu':
        return relu(input);
      case 'relu6':
        return relu6(input);
      case 'elu':
        return elu(input);
      case 'sigmoid':
        return sigmoid(input);
      case 'prelu':
        return prelu(input, preluWeights!);
      case 'leakyrelu':
        return leakyRelu(input, leakyreluAlpha);
      default:
        throw new Error(`Activation ${activation} has no fused form`);
    }
  }

  createReductionOpAttrs({ dtype }: TensorInfo, keepDims = false) {
    return [
      { name: 'keep_dims', value: keepDims },
      { name: 'T', value: this.getDTypeInteger(dtype) },
      { name: 'Tidx', value: dtypeNumber('int32') },
    ];
  }

  getDTypeInteger(dtype: DataType): number {
    return dtypeNumber(dtype);
  }
}

const named = (attributes: readonly KernelAttribute[]): Attributes =>
  Object.fromEntries(attributes.map(({ name, value }) => [name, value]));
