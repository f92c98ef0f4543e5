import type { Attributes } from '../value.js';
import { type Kernel, kernel } from './kernel.js';

/**
 * Ops that core's layers, losses and initializers use where a backend has them. Inputs in the op's order, under any names; outputs
 * all of the op's.
 */
export const forwardedKernels: readonly Kernel[] = [
  forwarded('FusedBatchNormV3', { T: 'float32', U: 'float32' }),
  forwarded('FusedBatchNormGradV3', { T: 'float32', U: 'float32' }),
  // `{ logits: [batch, classes], labels: [batch] }` to the loss of each example and its gradient
  forwarded('SparseSoftmaxCrossEntropyWithLogits', { T: 'float32', Tlabels: 'int32' }),
  // The same with labels as probabilities, `[batch, classes]`
  forwarded('SoftmaxCrossEntropyWithLogits', { T: 'float32' }),
  forwarded('Qr', { T: 'float32' }),
];

function forwarded(op: string, types: Attributes): Kernel {
  return kernel<Attributes>(op, (backend, inputs, attributes) =>
    backend.execute(op, Object.values(inputs), { ...types, ...attributes }),
  );
}
