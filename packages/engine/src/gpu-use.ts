import koffi from 'koffi';
import { type NativeLibrary, tryLoadNative } from './native-library.js';

/** What a GPU of this machine does at the moment. */
export interface GpuUse {
  /** As `nvidia-smi` numbers them, from 0: `CUDA_VISIBLE_DEVICES` hides none here and does not renumber them. */
  readonly index: number;
  /** Of the model. */
  readonly name: string;
  /** Bytes, of all processes. */
  readonly memoryUsed: number;
  /** Bytes. */
  readonly memoryTotal: number;
  /** Percent of the last sample period, up to a second, in which a kernel ran; absent where the GPU does not say (MIG). */
  readonly utilization?: number;
}

const SUCCESS = 0;
/** NVML_DEVICE_NAME_V2_BUFFER_SIZE */
const NAME_BYTES = 96;

let nvml: Nvml | undefined;
let looked = false;

/**
 * The GPUs of this machine by NVIDIA's management library, which comes with the driver (`libnvidia-ml.so.1`). Empty
 * without it, and where it does not answer: then nothing is known, which is no error.
 */
export function gpuUse(): GpuUse[] {
  if (!looked) {
    looked = true;
    nvml = Nvml.load();
  }
  return nvml?.gpus() ?? [];
}

/** NVML's functions: https://docs.nvidia.com/deploy/nvml-api */
class Nvml {
  readonly #count;
  readonly #handle;
  readonly #name;
  readonly #memory;
  readonly #utilization;

  private constructor(library: NativeLibrary) {
    const memory = koffi.struct({ total: 'uint64_t', free: 'uint64_t', used: 'uint64_t' });
    const utilization = koffi.struct({ gpu: 'unsigned int', memory: 'unsigned int' });
    this.#count = library.func('nvmlDeviceGetCount_v2', 'int', ['_Out_ unsigned int*']);
    this.#handle = library.func('nvmlDeviceGetHandleByIndex_v2', 'int', ['unsigned int', '_Out_ void**']);
    this.#name = library.func('nvmlDeviceGetName', 'int', ['void*', 'void*', 'unsigned int']);
    this.#memory = library.func('nvmlDeviceGetMemoryInfo', 'int', [
      'void*',
      koffi.out(koffi.pointer(memory)),
    ]);
    this.#utilization = library.func('nvmlDeviceGetUtilizationRates', 'int', [
      'void*',
      koffi.out(koffi.pointer(utilization)),
    ]);
  }

  /** Nothing where there is no driver, or none that works. */
  static load(): Nvml | undefined {
    const library = tryLoadNative('libnvidia-ml.so.1');
    if (!library) return undefined;
    try {
      return library.func('nvmlInit_v2', 'int', [])() === SUCCESS ? new Nvml(library) : undefined;
    } catch {
      return undefined; // a library without these functions
    }
  }

  gpus(): GpuUse[] {
    const count = [0];
    if (this.#count(count) !== SUCCESS) return [];
    const indices = Array.from({ length: count[0]! }, (_, index) => index);
    return indices.flatMap((index) => this.#gpu(index) ?? []);
  }

  #gpu(index: number): GpuUse | undefined {
    const handle: [unknown] = [null];
    if (this.#handle(index, handle) !== SUCCESS) return undefined;
    const device = handle[0];
    const memory = {} as { total: number; used: number };
    if (this.#memory(device, memory) !== SUCCESS) return undefined;
    const name = Buffer.alloc(NAME_BYTES);
    if (this.#name(device, name, NAME_BYTES) !== SUCCESS) return undefined;
    const rates = {} as { gpu: number };
    const known = this.#utilization(device, rates) === SUCCESS;
    return {
      index,
      name: name.toString('utf8', 0, name.indexOf(0)),
      memoryUsed: Number(memory.used),
      memoryTotal: Number(memory.total),
      ...(known && { utilization: rates.gpu }),
    };
  }
}
