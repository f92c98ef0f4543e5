import {
  cast,
  SparseFillEmptyRows,
  SparseReshape,
  SparseSegmentMean,
  SparseSegmentSum,
  type Tensor,
  tidy,
} from '@tensorflow/tfjs-core';
import { int32, int64, type Kernel, kernel } from './kernel.js';

/** Sparse tensors, as tfjs has them: indices, values and shape apart. */
export const sparseKernels: readonly Kernel[] = [
  kernel(SparseFillEmptyRows, (backend, { indices, values, denseShape, defaultValue }) =>
    tidy(() => {
      const inputs = [int64(backend, indices!), values!, int64(backend, denseShape!), defaultValue!];
      const attributes = { T: backend.dtype(values!) };
      const [filled, filledValues, emptyRows, reverse] = backend.execute(
        'SparseFillEmptyRows',
        inputs,
        attributes,
      );
      return [int32(backend, filled!), filledValues!, emptyRows!, int32(backend, reverse!)];
    }),
  ),
  kernel(SparseReshape, (backend, { inputIndices, inputShape, newShape }) =>
    tidy(() => {
      const inputs = [inputIndices, inputShape, newShape].map((x) => int64(backend, x!));
      return backend.execute('SparseReshape', inputs).map((x) => int32(backend, x));
    }),
  ),
  ...[SparseSegmentMean, SparseSegmentSum].map((op) =>
    kernel(op, (backend, { data, indices, segmentIds }) =>
      tidy(() => {
        // TensorFlow's means are those of floats.
        const rows = op === SparseSegmentMean ? cast(data as Tensor, 'float32') : data!;
        const types = { T: backend.dtype(rows), Tidx: 'int32', Tsegmentids: 'int32' } as const;
        return cast(backend.execute(op, [rows, indices!, segmentIds!], types)[0]!, data!.dtype);
      }),
    ),
  ),
];
