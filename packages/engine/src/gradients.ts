import {
  engine,
  getBackend,
  getGradient,
  getKernel,
  type GradConfig,
  LeakyRelu,
  registerGradient,
  Relu,
  Relu6,
  Selu,
  Sigmoid,
  Softplus,
  Tanh,
  type Tensor,
} from '@tensorflow/tfjs-core';

/**
 * tfjs composes these gradients of several ops where TensorFlow has one. `op` takes the gradient `dy` and the last tensor
 * that is saved, under the name `saved`. What tfjs's own gradient saves comes first.
 */
// prettier-ignore
const FUSED = [
  { kernel: Tanh,      op: 'TanhGrad',      saved: 'y', from: { outputsToSave: [true] } },
  { kernel: Sigmoid,   op: 'SigmoidGrad',   saved: 'y', from: { outputsToSave: [true] } },
  { kernel: Relu,      op: 'ReluGrad',      saved: 'x', from: { inputsToSave: ['x'] } },
  { kernel: Relu6,     op: 'Relu6Grad',     saved: 'x', from: { inputsToSave: ['x'] } },
  { kernel: LeakyRelu, op: 'LeakyReluGrad', saved: 'x', from: { inputsToSave: ['x'] } },
  { kernel: Selu,      op: 'SeluGrad',      saved: 'y', from: { inputsToSave: ['x'], outputsToSave: [true] } },
  { kernel: Softplus,  op: 'SoftplusGrad',  saved: 'x', from: { inputsToSave: ['x'] } },
] as const;

/**
 * Replaces tfjs's gradients by TensorFlow's ops where the current backend has them; on other backends tfjs's own
 * gradients stay in force.
 */
export function registerFusedGradients(): void {
  for (const { kernel, op, saved, from } of FUSED) {
    const composed = getGradient(kernel);
    const config = { kernelName: kernel, ...from } as unknown as Omit<GradConfig, 'gradFunc'>;
    registerGradient({
      ...config,
      gradFunc: (dy, tensors, attributes) => {
        if (!getKernel(op, getBackend())) return composed.gradFunc(dy, tensors, attributes);
        const inputs = { dy: dy as Tensor, [saved]: tensors.at(-1)! };
        return { x: () => engine().runKernel(op, inputs, attributes!) as Tensor };
      },
    });
  }
}
