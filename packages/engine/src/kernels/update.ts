import { type TensorInfo, Variable } from '@tensorflow/tfjs-core';
import type { Attributes, GraphTensor } from '../value.js';
import { resident } from '../variable.js';
import { type Kernel, kernel } from './kernel.js';

/**
 * Ops that update variables in place. Inputs in the op's order, under any names: a `tf.Variable` where the op takes a
 * resource. Attributes by TensorFlow's names.
 */
export const updateKernels: readonly Kernel[] = [
  'ResourceApplyGradientDescent',
  'ResourceApplyMomentum',
  'ResourceApplyKerasMomentum',
  'ResourceApplyAdam',
  'ResourceApplyAdagradV2',
  'ResourceApplyRMSProp',
].map((op) =>
  kernel<Attributes>(op, (backend, inputs, given) => {
    const tensors: TensorInfo[] = Object.values(inputs);
    const attributes = { T: backend.dtype(tensors[0]!), ...given };
    if (backend.traced) {
      const values = tensors.map((tensor) =>
        tensor instanceof Variable ? tensor : backend.graphValue(tensor),
      );
      // Weight decay on a slot is the first to use it: its memory is where the weight is.
      const beside = values.find((value): value is GraphTensor => 'kind' in value && value.shape.length > 0);
      backend.traced.update(op, values, attributes, beside?.device);
    } else {
      const values = tensors.map((tensor) =>
        tensor instanceof Variable ? resident(backend, tensor).handle : backend.borrow(tensor).value,
      );
      backend.runtime.executeEagerly(op, values, attributes, 0);
    }
    return [];
  }),
);
