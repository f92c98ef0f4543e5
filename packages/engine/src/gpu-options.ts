import type { MessageInitShape } from '@bufbuild/protobuf';
import koffi from 'koffi';
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

/** The GPUs that this process may use, by NVIDIA's driver; it honours `CUDA_VISIBLE_DEVICES`. */
function countGpus(): number {
  let driver: ReturnType<typeof koffi.load>;
  try {
    driver = koffi.load('libcuda.so.1');
  } catch {
    return 0; // no driver, no GPU
  }
  const count = [0];
  const failed = driver.func('int cuInit(unsigned int)')(0) as number;
  if (failed || driver.func('int cuDeviceGetCount(_Out_ int*)')(count)) return 0;
  return count[0]!;
}
