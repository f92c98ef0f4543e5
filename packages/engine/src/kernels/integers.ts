import {
  BitwiseAnd,
  cast,
  Diag,
  getKernel,
  LeakyRelu,
  Mean,
  type MeanAttrs,
  onesLike,
  Round,
  Step,
  type StepAttrs,
  fill,
  greater,
  type Tensor,
  tensor1d,
  tidy,
  util,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { type Kernel, kernel } from './kernel.js';

/** Integers and booleans, where TensorFlow's ops or tfjs-node's kernels take floats alone. */
export function integerKernels(): Kernel[] {
  const [diag, leakyRelu, step] = [Diag, LeakyRelu, Step].map((name) => getKernel(name, 'tensorflow'));
  return [
    kernel(
      BitwiseAnd,
      (backend, { a, b }) => backend.execute('BitwiseAnd', [a!, b!], { T: backend.dtype(a!) })[0]!,
    ),
    kernel(Diag, (backend, { x }) => {
      if (x!.dtype !== 'bool') return diag!.kernelFunc({ inputs: { x: x! }, attrs: {}, backend });
      return tidy(() => {
        const [square] = backend.execute('Diag', [cast(x as Tensor, 'int32')], { T: 'int32' });
        return cast(square!, 'bool');
      });
    }),
    kernel(LeakyRelu, (backend, { x }, attrs) =>
      tidy(
        () =>
          leakyRelu!.kernelFunc({ inputs: { x: cast(x as Tensor, 'float32') }, attrs, backend }) as Tensor,
      ),
    ),
    // tfjs-node's calls a mean of integers one of floats, which an op in a graph refuses.
    kernel<MeanAttrs>(Mean, (backend, { x }, { axis, keepDims }) =>
      tidy(() => {
        const floats = x!.dtype === 'complex64' ? (x as Tensor) : cast(x as Tensor, 'float32');
        const axes = tensor1d(util.parseAxisParam(axis, x!.shape), 'int32');
        const attributes = { T: backend.dtype(floats), Tidx: 'int32', keep_dims: keepDims } as const;
        return backend.execute('Mean', [floats, axes], attributes)[0]!;
      }),
    ),
    // TensorFlow's Round gives zeros for integers.
    kernel(Round, (backend, { x }) => {
      const op = x!.dtype === 'float32' ? 'Round' : 'Identity';
      return backend.execute(op, [x!], { T: backend.dtype(x!) })[0]!;
    }),
    // tfjs-node's looks for NaN.
    kernel<StepAttrs>(Step, (backend, { x }, { alpha }) => {
      if (x!.dtype === 'float32') {
        return step!.kernelFunc({ inputs: { x: x! }, attrs: { alpha }, backend });
      }
      return tidy(() => {
        const numbers = x as Tensor;
        return where(greater(numbers, zerosLike(numbers)), onesLike(numbers), fill(x!.shape, alpha, 'int32'));
      });
    }),
  ];
}
