import {
  RaggedGather,
  type RaggedGatherAttrs,
  RaggedRange,
  RaggedTensorToTensor,
  type RaggedTensorToTensorAttrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { type Kernel, kernel } from './kernel.js';

/** Ragged tensors, as tfjs has them: values and row splits apart. */
export const raggedKernels: readonly Kernel[] = [
  kernel<RaggedGatherAttrs>(RaggedGather, (backend, inputs, { outputRaggedRank }) => {
    const { paramsDenseValues: values, indices } = inputs;
    const splits = inputs['paramsNestedSplits'] as unknown as readonly TensorInfo[];
    return backend.execute('RaggedGather', [...splits, values!, indices!], {
      Tvalues: backend.dtype(values!),
      Tindices: 'int32',
      Tsplits: 'int32',
      PARAMS_RAGGED_RANK: splits.length,
      OUTPUT_RAGGED_RANK: outputRaggedRank,
    });
  }),
  kernel(RaggedRange, (backend, { starts, limits, deltas }) =>
    backend.execute('RaggedRange', [starts!, limits!, deltas!], {
      T: backend.dtype(starts!),
      Tsplits: 'int32',
    }),
  ),
  kernel<RaggedTensorToTensorAttrs>(RaggedTensorToTensor, (backend, inputs, { rowPartitionTypes }) => {
    const { shape, values, defaultValue } = inputs;
    const partitions = inputs['rowPartitionTensors'] as unknown as readonly TensorInfo[];
    return backend.execute('RaggedTensorToTensor', [shape!, values!, defaultValue!, ...partitions], {
      T: backend.dtype(values!),
      Tindex: 'int32',
      Tshape: 'int32',
      num_row_partition_tensors: partitions.length,
      row_partition_types: rowPartitionTypes,
    })[0]!;
  }),
];
