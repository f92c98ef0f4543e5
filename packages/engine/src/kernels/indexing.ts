import {
  backend_util,
  GatherV2,
  type GatherV2Attrs,
  Round,
  scalar,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { type Kernel, kernel } from './kernel.js';

/** Kernels of tfjs-node that look at values in JavaScript, or that TensorFlow gets wrong. */
export const indexingKernels: readonly Kernel[] = [
  // tfjs-node's checks the indices in JavaScript. The op does so itself.
  kernel<GatherV2Attrs>(GatherV2, (backend, { x, indices }, { axis, batchDims }) => {
    backend_util.segment_util.collectGatherOpShapeInfo(x as Tensor, indices as Tensor, axis, batchDims);
    const types = { Tparams: backend.dtype(x!), Tindices: backend.dtype(indices!), Taxis: 'int32' } as const;
    const where = scalar(axis, 'int32');
    try {
      return backend.execute('GatherV2', [x!, indices!, where], { batch_dims: batchDims, ...types })[0]!;
    } catch (error) {
      throw asTfjsSaysIt(error);
    } finally {
      where.dispose();
    }
  }),
  // TensorFlow's Round gives zeros for integers.
  kernel(
    Round,
    (backend, { x }) =>
      backend.execute(x!.dtype === 'float32' ? 'Round' : 'Identity', [x!], { T: backend.dtype(x!) })[0]!,
  ),
];

/** `GatherV2: the index value 100 is not in [0, 1]` */
function asTfjsSaysIt(error: unknown): unknown {
  const [, index, size] = /= (-?\d+) is not in \[0, (\d+)\)/.exec((error as Error).message) ?? [];
  if (index === undefined) return error;
  return new Error(`GatherV2: the index value ${index} is not in [0, ${Number(size) - 1}]`, { cause: error });
}
