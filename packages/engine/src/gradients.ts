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
  Sigmoid,
  Softplus,
  Tanh,
  type Tensor,
} from '@tensorflow/tfjs-core';

/**
 * tfjs composes these gradients of several ops where TensorFlow has one. `op` takes the gradient `dy` and the saved
 * tensor under the name `saved`.
 */
// prettier-ignore
const FUSED = [
  // Not Selu: at 0 TensorFlow's op takes the slope of the other side.
  { kernel: Tanh,      op: 'TanhGrad',      saved: 'y', from: { outputsToSave: [true] } },
  { kernel: Sigmoid,   op: 'SigmoidGrad',   saved: 'y', from: { outputsToSave: [true] } },
  // By its output, as Python's TensorFlow does: the convolution, bias and ReLU before it then become one op.
  { kernel: Relu,      op: 'ReluGrad',      saved: 'x', from: { outputsToSave: [true] } },
  { kernel: Relu6,     op: 'Relu6Grad',     saved: 'x', from: { inputsToSave: ['x'] } },
  { kernel: LeakyRelu, op: 'LeakyReluGrad', saved: 'x', from: { inputsToSave: ['x'] } },
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
        const inputs = { dy: dy as Tensor, [saved]: tensors[0]! };
        return { x: () => engine().runKernel(op, inputs, attributes!) as Tensor };
      },
    });
  }
}
