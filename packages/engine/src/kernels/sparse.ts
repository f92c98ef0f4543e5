import {
  SparseFillEmptyRows,
  SparseReshape,
  SparseSegmentMean,
  SparseSegmentSum,
  type TensorInfo,
  tidy,
} from '@tensorflow/tfjs-core';
import { asInt32, asInt64 } from './int64.js';
import { type Kernel, kernel } from './kernel.js';

/** Sparse tensors, as tfjs has them: indices, values and shape apart. */
export const sparseKernels: readonly Kernel[] = [
  kernel(SparseFillEmptyRows, (backend, { indices, values, denseShape, defaultValue }) =>
    tidy(() => {
      const inputs = [asInt64(backend, indices!), values!, asInt64(backend, denseShape!), defaultValue!];
      const attributes = { T: backend.dtype(values!) };
      const [filled, filledValues, emptyRows, reverse] = backend.execute(
        'SparseFillEmptyRows',
        inputs,
        attributes,
      );
      return [asInt32(backend, filled!), filledValues!, emptyRows!, asInt32(backend, reverse!)];
    }),
  ),
  kernel(SparseReshape, (backend, { inputIndices, inputShape, newShape }) =>
    tidy(() => {
      const inputs = [inputIndices, inputShape, newShape].map((x) => asInt64(backend, x!));
      return backend.execute('SparseReshape', inputs).map((x) => asInt32(backend, x));
    }),
  ),
  ...[SparseSegmentMean, SparseSegmentSum].map((op) =>
    kernel(op, (backend, { data, indices, segmentIds }) => {
      const inputs = [data, indices, segmentIds] as TensorInfo[];
      const types = { T: backend.dtype(data!), Tidx: 'int32', Tsegmentids: 'int32' } as const;
      return backend.execute(op, inputs, types)[0]!;
    }),
  ),
];
