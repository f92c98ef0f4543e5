import {
  Identity,
  getKernel,
  getKernelsForBackend,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
  Variable,
} from '@tensorflow/tfjs-core';
import util from 'node:util';
import type { Attributes } from '../value.js';
import { convolutionKernels } from './convolution.js';
import { dtypeKernels } from './dtypes.js';
import { imageKernels } from './images.js';
import { type Kernel, kernel } from './kernel.js';
import { indexingKernels } from './indexing.js';
import { requiringKnownShapes } from './known-shapes.js';
import { linearKernels } from './linear.js';
import { forwardedKernels } from './forwarded.js';
import { multinomial } from './multinomial.js';
import { poolingKernels } from './pooling.js';
import { raggedKernels } from './ragged.js';
import { randomKernels, statefulRandomKernels } from './random.js';
import { sparseKernels } from './sparse.js';
import { stringKernels } from './strings.js';
import { updateKernels } from './update.js';

/**
 * Registers the kernels of the backend `tensorflow`: tfjs-node's, used without its native add-on, and over them ours:
 * ops that tfjs has no kernel for, or that would be slow or wrong in a compiled function.
 */
export async function registerKernels(): Promise<void> {
  // tfjs-node's kernels call a function that Node.js 23 removed.
  const nodeUtil: { isNullOrUndefined?: unknown } = util;
  nodeUtil.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  await import('./tfjs-node.js');
  for (const ours of [
    identity,
    inFloat32,
    ...linearKernels(),
    ...convolutionKernels(),
    ...poolingKernels(),
    ...indexingKernels(),
    ...dtypeKernels(),
    ...imageKernels,
    ...sparseKernels,
    ...stringKernels,
    ...raggedKernels,
    multinomial,
    ...gradientKernels,
    ...randomKernels,
    ...statefulRandomKernels,
    ...updateKernels,
  ]) {
    register(ours);
  }
  for (const registered of getKernelsForBackend('tensorflow')) register(requiringKnownShapes(registered));
  // Not tfjs's: whoever calls them knows which of their results have a shape.
  for (const ours of forwardedKernels) register(ours);
}

/** In the place of the one that has its name, if there is one. */
function register({ kernelName, kernelFunc }: Kernel): void {
  if (getKernel(kernelName, 'tensorflow')) unregisterKernel(kernelName, 'tensorflow');
  registerKernel({ kernelName, kernelFunc, backendName: 'tensorflow' });
}

/** tfjs-node's shares the data, so that a copy of a variable would change when the variable is updated. */
const identity = kernel(Identity, (backend, { x }) => {
  const changes = x instanceof Variable && backend.runtime.trace;
  if (changes || backend.content(x!).kind === 'variable')
    return backend.execute('Identity', [x!], { T: backend.dtype(x!) })[0]!;
  backend.incRef(x!.dataId);
  return { dataId: x!.dataId, shape: x!.shape, dtype: x!.dtype };
});

/** Core asks for it by this name. */
const inFloat32 = kernel('InFloat32', (backend, { x }) => {
  const { trace } = backend.runtime;
  return backend.wrap(
    trace ? trace.inFloat32(backend.graphValue(x!)) : backend.runtime.share(backend.borrow(x!).value),
  );
});

/** Gradients that TensorFlow computes by one op; their inputs are in the op's order. */
const gradientKernels: readonly Kernel[] = [
  ...['TanhGrad', 'SigmoidGrad'].map((op) => elementwiseGradient(op, ['y', 'dy'])),
  ...['ReluGrad', 'Relu6Grad', 'LeakyReluGrad', 'SoftplusGrad'].map((op) =>
    elementwiseGradient(op, ['dy', 'x']),
  ),
];

function elementwiseGradient(op: string, names: readonly string[]): Kernel {
  return kernel<Attributes>(op, (backend, inputs, attributes) => {
    const tensors = names.map((name) => inputs[name] as TensorInfo);
    return backend.execute(op, tensors, { T: backend.dtype(tensors[0]!), ...attributes })[0]!;
  });
}
