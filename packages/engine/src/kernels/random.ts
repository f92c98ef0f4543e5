import type { DType } from '../dtype.js';
import type { HostValues } from '../host-tensor.js';
import type { Value } from '../value.js';
import { type Kernel, kernel } from './kernel.js';

/** Draws that go on from call to call: attributes `shape`, and `seed` (0: another sequence in every process). */
export const statefulRandomKernels: readonly Kernel[] = ['RandomUniform', 'RandomStandardNormal'].map((op) =>
  kernel<{ shape: readonly number[]; seed: number }>(op, (backend, _, { shape, seed }) => {
    const { runtime } = backend;
    const sizes = backend.constant('int32', [shape.length], shape);
    try {
      const attributes = { T: 'int32', dtype: 'float32', seed, seed2: 0 } as const;
      return backend.wrap(runtime.execute(op, [sizes], attributes)[0]!);
    } finally {
      if (sizes.kind === 'eager') runtime.delete(sizes);
    }
  }),
);

/** TensorFlow's number of the Philox algorithm (`StatelessRandomGetAlg`). */
export const PHILOX = 1;

/**
 * Draws that depend on their key alone: attributes `shape`, and `key` (64 bits, a BigInt). The counter's low half starts
 * at 0 and its high half is the input `step` (an int32 scalar, if given), as in the plain tfjs implementation in core.
 */
export const randomKernels: readonly Kernel[] = [
  'StatelessRandomUniformV2',
  'StatelessRandomNormalV2',
  'StatelessTruncatedNormalV2',
].map((op) =>
  kernel<{ shape: readonly number[]; key: bigint }>(op, (backend, { step }, { shape, key }) => {
    const { runtime } = backend;
    const temporary: Value[] = [];
    const own = (value: Value) => (temporary.push(value), value);
    const constant = (dtype: DType, sizes: number[], values: HostValues) =>
      own(backend.constant(dtype, sizes, values));
    const counter = () => {
      if (!step) return constant('uint64', [2], [0n, 0n]);
      const { value, temporary: borrowed } = runtime.trace
        ? { value: backend.graphValue(step), temporary: false }
        : backend.borrow(step);
      if (borrowed) own(value);
      const [high] = runtime.execute('Cast', [value], { SrcT: 'int32', DstT: 'uint64' });
      return own(
        runtime.execute('Pack', [constant('uint64', [], [0n]), own(high!)], { T: 'uint64', N: 2 })[0]!,
      );
    };
    try {
      const inputs = [
        constant('int32', [shape.length], shape),
        constant('uint64', [1], [key]),
        counter(),
        constant('int32', [], [PHILOX]),
      ];
      return backend.wrap(runtime.execute(op, inputs, { dtype: 'float32', Tshape: 'int32' })[0]!);
    } finally {
      for (const value of temporary) if (value.kind === 'eager') runtime.delete(value);
    }
  }),
);
