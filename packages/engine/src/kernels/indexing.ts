import {
  backend_util,
  DenseBincount,
  type DenseBincountAttrs,
  GatherV2,
  type GatherV2Attrs,
  getKernel,
  reshape,
  scalar,
  ScatterNd,
  SearchSorted,
  type SearchSortedAttrs,
  type Tensor,
  TensorScatterUpdate,
  tidy,
} from '@tensorflow/tfjs-core';
import { type Kernel, kernel } from './kernel.js';

/** Kernels on indices that tfjs-node lacks, or looks at in JavaScript, or that tfjs takes in another shape. */
export function indexingKernels(): Kernel[] {
  return [
    // tfjs-node's checks the indices in JavaScript. The op does so itself.
    kernel<GatherV2Attrs>(GatherV2, (backend, { x, indices }, { axis, batchDims }) => {
      backend_util.segment_util.collectGatherOpShapeInfo(x as Tensor, indices as Tensor, axis, batchDims);
      const types = {
        Tparams: backend.dtype(x!),
        Tindices: backend.dtype(indices!),
        Taxis: 'int32',
      } as const;
      const where = scalar(axis, 'int32');
      try {
        return backend.execute('GatherV2', [x!, indices!, where], { batch_dims: batchDims, ...types })[0]!;
      } catch (error) {
        throw asTfjsSaysIt(error);
      } finally {
        where.dispose();
      }
    }),
    kernel<SearchSortedAttrs>(SearchSorted, (backend, { sortedSequence, values }, { side }) => {
      const op = side === 'left' ? 'LowerBound' : 'UpperBound';
      const types = { T: backend.dtype(values!), out_type: 'int32' } as const;
      return backend.execute(op, [sortedSequence!, values!], types)[0]!;
    }),
    kernel<DenseBincountAttrs>(DenseBincount, (backend, { x, weights }, { size, binaryOutput = false }) =>
      tidy(() => {
        const attributes = {
          Tidx: 'int32',
          T: backend.dtype(weights!),
          binary_output: binaryOutput,
        } as const;
        return backend.execute('DenseBincount', [x!, scalar(size, 'int32'), weights!], attributes)[0]!;
      }),
    ),
    ...[ScatterNd, TensorScatterUpdate].map(withIndexColumn),
  ];
}

/** To tfjs a vector of indices is one index for each update; to TensorFlow it is one index of that depth. */
function withIndexColumn(kernelName: string): Kernel {
  const stock = getKernel(kernelName, 'tensorflow');
  return kernel(kernelName, (backend, inputs, attrs) =>
    tidy(() => {
      const indices = inputs['indices'] as Tensor;
      const column = indices.rank === 1 ? reshape(indices, [-1, 1]) : indices;
      return stock.kernelFunc({ inputs: { ...inputs, indices: column }, attrs, backend }) as Tensor;
    }),
  );
}

/** `GatherV2: the index value 100 is not in [0, 1]` */
function asTfjsSaysIt(error: unknown): unknown {
  const [, index, size] = /= (-?\d+) is not in \[0, (\d+)\)/.exec((error as Error).message) ?? [];
  if (index === undefined) return error;
  return new Error(`GatherV2: the index value ${index} is not in [0, ${Number(size) - 1}]`, { cause: error });
}
