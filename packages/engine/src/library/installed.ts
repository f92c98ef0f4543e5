import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tryLoadNative } from '../native-library.js';
import type { BuildKind } from './builds.js';

/** What the Python TensorFlow in a folder computes on, by its `build_info.py`, if it has one. */
export function buildIn(folder: string): BuildKind | undefined {
  try {
    const information = readFileSync(join(folder, 'python/platform/build_info.py'), 'utf8');
    return /'is_cuda_build', True/.test(information) ? 'cuda' : 'cpu';
  } catch {
    return undefined;
  }
}

/** What TensorFlow's CUDA build must find to use a GPU, by NVIDIA's folder in site-packages. */
const cudaLibraries = [
  ['cuda_runtime', 'libcudart.so.12'],
  ['cublas', 'libcublas.so.12'],
  ['cufft', 'libcufft.so.11'],
  ['cusolver', 'libcusolver.so.11'],
  ['cusparse', 'libcusparse.so.12'],
  ['cudnn', 'libcudnn.so.9'],
] as const;

/** Whether the TensorFlow in a folder has CUDA: NVIDIA's wheels beside it, or the system's. It sees no GPU otherwise. */
export const findsCuda = (folder: string): boolean =>
  cudaLibraries.every(
    ([project, name]) =>
      existsSync(join(folder, '../nvidia', project, 'lib', name)) ||
      // In LD_LIBRARY_PATH, or where ldconfig knows it.
      tryLoadNative(name),
  );
