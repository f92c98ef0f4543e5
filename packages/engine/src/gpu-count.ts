import { tryLoadNative } from './native-library.js';

/** The GPUs that this process may use, by NVIDIA's driver; it honours `CUDA_VISIBLE_DEVICES`. */
export function countGpus(): number {
  const driver = tryLoadNative('libcuda.so.1');
  if (!driver) return 0; // no driver, no GPU
  const count = [0];
  const failed = driver.func('int cuInit(unsigned int)')(0) as number;
  if (failed || driver.func('int cuDeviceGetCount(_Out_ int*)')(count)) return 0;
  return count[0]!;
}
