import {
  BitwiseAnd,
  cast,
  Diag,
  getKernel,
  LeakyRelu,
  Mean,
  Round,
  Step,
  type Tensor,
  type TensorInfo,
  tensor1d,
  tidy,
  util,
} from '@tensorflow/tfjs-core';
import { type Kernel, kernel } from './kernel.js';

/** Kernels for dtypes that tfjs takes where TensorFlow's ops, as tfjs-node calls them, do not. */
export function dtypeKernels(): Kernel[] {
  return [
    through('float32', LeakyRelu, ['int32'], 'float32'),
    through('float32', Step, ['int32', 'bool'], 'int32'),
    through('int32', Diag, ['bool'], 'bool'),
    // TensorFlow's Round gives zeros for integers.
    kernel(Round, (backend, { x }) => {
      const op = x!.dtype === 'float32' ? 'Round' : 'Identity';
      return backend.execute(op, [x!], { T: backend.dtype(x!) })[0]!;
    }),
    // In tfjs the mean of integers has a fraction.
    kernel<{ axis: number | number[]; keepDims: boolean }>(Mean, (backend, { x }, { axis, keepDims }) =>
      tidy(() => {
        const axes = tensor1d(util.parseAxisParam(axis, x!.shape), 'int32');
        const types = { T: 'float32', Tidx: 'int32' } as const;
        return backend.execute('Mean', [cast(x as Tensor, 'float32'), axes], {
          keep_dims: keepDims,
          ...types,
        })[0]!;
      }),
    ),
    kernel(
      BitwiseAnd,
      (backend, { a, b }) => backend.execute('BitwiseAnd', [a!, b!], { T: backend.dtype(a!) })[0]!,
    ),
  ];
}

type Name = 'float32' | 'int32' | 'bool';

/** tfjs-node's kernel, computed in another dtype for some. */
function through(dtype: Name, kernelName: string, some: readonly Name[], result: Name): Kernel {
  const stock = getKernel(kernelName, 'tensorflow');
  return kernel(kernelName, (backend, { x }, attrs) => {
    const run = (input: TensorInfo) => stock.kernelFunc({ inputs: { x: input }, attrs, backend }) as Tensor;
    if (!some.includes(x!.dtype as Name)) return run(x!);
    return tidy(() => cast(run(cast(x as Tensor, dtype)), result));
  });
}
