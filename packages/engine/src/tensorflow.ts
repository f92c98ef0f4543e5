import { engine as tfjs, findBackend, registerBackend, setBackend } from '@tensorflow/tfjs-core';
import type { Compiled, CompileOptions, Device, Engine, Input, InputOptions, Split } from '@paperlab/core';
import { TensorFlowBackend } from './backend.js';
import { compile } from './compile.js';
import { registerFusedGradients } from './gradients.js';
import { DatasetInput } from './input.js';
import { registerKernels } from './kernels/register.js';
import { locateLibrary } from './library/locate.js';
import { Runtime, type RuntimeOptions } from './runtime.js';

export interface TensorFlowOptions extends RuntimeOptions {
  /** Told what happens while libtensorflow is looked for and, once, fetched. Default: silent. */
  readonly report?: (line: string) => void;
  /** Aborts fetching. */
  readonly signal?: AbortSignal;
}

/**
 * TensorFlow's runtime as Paperlab's engine. Also makes it tfjs's backend (`tensorflow`), so that plain tfjs code in
 * this process runs on it. The library is looked for in `PAPERLAB_TENSORFLOW`, Paperlab's cache, and an installed
 * Python TensorFlow, and else fetched once (see `locateLibrary`).
 *
 * One runtime serves the whole process; options of later calls are ignored.
 */
export async function tensorflow(options: TensorFlowOptions = {}): Promise<TensorFlowEngine> {
  loading ??= load(options).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  const backend = await loading;
  await setBackend('tensorflow');
  return new TensorFlowEngine(backend);
}

let loading: Promise<TensorFlowBackend> | undefined;

async function load({ report, signal, ...runtimeOptions }: TensorFlowOptions): Promise<TensorFlowBackend> {
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2'; // errors only
  const files = await locateLibrary({ report, signal });
  const backend = new TensorFlowBackend(new Runtime(files, runtimeOptions));
  await registerKernels();
  registerFusedGradients();
  if (!findBackend('tensorflow')) registerBackend('tensorflow', () => backend, 3);
  return backend;
}

export class TensorFlowEngine implements Engine {
  readonly name = 'tensorflow';
  readonly #backend: TensorFlowBackend;

  constructor(backend: TensorFlowBackend) {
    this.#backend = backend;
  }

  /** Version of the library: `2.20.0`. */
  get version(): string {
    return this.#backend.runtime.version;
  }

  /** Tensors and native handles alive, to show that nothing leaks. */
  memory(): { tensors: number; handles: number } {
    return { tensors: tfjs().state.numTensors, handles: this.#backend.runtime.handles };
  }

  async devices(): Promise<Device[]> {
    return this.#backend.runtime.devices();
  }

  compile<Inputs extends readonly unknown[], Output>(
    fn: (...inputs: Inputs) => Output,
    options?: CompileOptions,
  ): Compiled<Inputs, Output> {
    return compile(this.#backend, fn, options);
  }

  async input(split: Split, options: InputOptions): Promise<Input> {
    return new DatasetInput(this.#backend, split, options);
  }

  /** The runtime stays loaded: TensorFlow cannot be unloaded from a process. */
  async dispose(): Promise<void> {}
}
