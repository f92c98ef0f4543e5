import type { MessageInitShape } from '@bufbuild/protobuf';
import { countGpus } from './gpu-count.js';
import type { GPUOptionsSchema } from './protos/tensorflow/core/protobuf/config_pb.gen.js';

export interface GpuMemoryOptions {
  /** Whether memory is taken as it is needed, instead of all of it at once. Default true. */
  readonly gpuMemoryGrowth?: boolean;
  /** How much of each GPU's memory to use at most, in MiB (TensorFlow's `memory_limit`). Default: all of it. */
  readonly gpuMemoryLimit?: number;
}

/** @throws if an option is not what it must be */
export function gpuOptions({
  gpuMemoryGrowth = true,
  gpuMemoryLimit,
}: GpuMemoryOptions): MessageInitShape<typeof GPUOptionsSchema> {
  if (typeof gpuMemoryGrowth !== 'boolean') {
    throw new Error(`gpuMemoryGrowth is ${JSON.stringify(gpuMemoryGrowth)}. It must be true or false.`);
  }
  if (gpuMemoryLimit === undefined) return { allowGrowth: gpuMemoryGrowth };
  if (!Number.isInteger(gpuMemoryLimit) || gpuMemoryLimit < 1 || gpuMemoryLimit > MIB_PER_TIB) {
    throw new Error(
      `gpuMemoryLimit is ${gpuMemoryLimit}. It must be a whole number of MiB from 1 to ${MIB_PER_TIB}.`,
    );
  }
  // TensorFlow wants one entry for each GPU that it will find.
  const virtualDevices = Array.from({ length: countGpus() }, () => ({ memoryLimitMb: [gpuMemoryLimit] }));
  return { allowGrowth: gpuMemoryGrowth, experimental: { virtualDevices } };
}

const MIB_PER_TIB = 2 ** 20;
