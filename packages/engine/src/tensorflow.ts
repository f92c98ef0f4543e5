import {
  engine as tfjs,
  findBackend,
  registerBackend,
  setBackend,
  type Tensor,
  type Variable,
} from '@tensorflow/tfjs-core';
import {
  type Compiled,
  type CompileOptions,
  type Device,
  type Engine,
  fuseLayers,
  type Input,
  type InputOptions,
  type Profiler,
  type Split,
  type Worker,
} from '@paperlab/core';
import { TensorFlowBackend } from './backend.js';
import type { Cluster } from './cluster.js';
import { CollectiveGroup, type GroupOptions } from './collectives.js';
import { compile } from './compile.js';
import { DatasetSources } from './data/sources.js';
import { deviceName, type DeviceSpec } from './device.js';
import { overlayTfjs } from './device-scope.js';
import { countGpus } from './gpu-count.js';
import { registerFusedGradients } from './gradients.js';
import { DatasetInput } from './input.js';
import { registerKernels } from './kernels/register.js';
import { Lifetime } from './lifetime.js';
import type { BuildKind } from './library/builds.js';
import { locateLibrary } from './library/locate.js';
import { type Partition, partitionsDuring } from './partition.js';
import { Runtime, type RuntimeOptions } from './runtime.js';
import type { SaveModelOptions } from './saved-model/save.js';
import { quietServer } from './server-log.js';
import { copyAssignedVariables, place } from './variable.js';

export interface TensorFlowOptions extends RuntimeOptions {
  /** Told what happens while libtensorflow is looked for and, once, fetched, and who the cluster waits for. Default: silent. */
  readonly report?: (line: string) => void;
  /** Aborts fetching and waiting. */
  readonly signal?: AbortSignal;
}

/**
 * TensorFlow's runtime as Paperlab's engine. Also makes it tfjs's backend (`tensorflow`), so that plain tfjs code in
 * this process runs on it. The library is looked for in `PAPERLAB_TENSORFLOW`, Paperlab's cache, and an installed
 * Python TensorFlow, and else fetched once (see `locateLibrary`).
 *
 * One runtime serves the whole process; options of later calls are ignored. With a `cluster`, its members are waited
 * for. Calls run on libuv's threads, of which Node.js has four, shared with files and DNS, unless the process is started
 * with `UV_THREADPOOL_SIZE` (16 is good).
 */
export async function tensorflow(options: TensorFlowOptions = {}): Promise<TensorFlowEngine> {
  loading ??= load(options).catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  const backend = await loading;
  if (options.cluster && !backend.runtime.cluster) {
    throw new Error(
      'TensorFlow already runs in this process, without a cluster. Give the cluster to the first tensorflow().',
    );
  }
  await setBackend('tensorflow');
  return new TensorFlowEngine(backend);
}

let loading: Promise<TensorFlowBackend> | undefined;

async function load({ report, signal, ...runtimeOptions }: TensorFlowOptions): Promise<TensorFlowBackend> {
  const files = await locateLibrary({ report, signal });
  // Errors only. To TensorFlow's CUDA build it is one that there is no GPU; what a collective says of a lost member, we say.
  const gpuMissing = files.build === 'cuda' && countGpus() === 0;
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= gpuMissing || runtimeOptions.cluster ? '3' : '2';
  if (runtimeOptions.cluster) quietServer(files.framework);
  const backend = new TensorFlowBackend(new Runtime(files, runtimeOptions));
  await registerKernels();
  registerFusedGradients();
  fuseLayers();
  overlayTfjs(backend);
  copyAssignedVariables(backend);
  const { cluster } = backend.runtime;
  if (cluster && process.env['UV_THREADPOOL_SIZE'] === undefined) {
    report?.(
      'start Node.js with UV_THREADPOOL_SIZE=16: steps that wait for others take its threads from files and DNS',
    );
  }
  await cluster?.join({ report, signal });
  if (!findBackend('tensorflow')) registerBackend('tensorflow', () => backend, 3);
  return backend;
}

export class TensorFlowEngine implements Engine {
  readonly name = 'tensorflow';
  /** Where input pipelines begin. */
  readonly data: DatasetSources;
  readonly #backend: TensorFlowBackend;
  readonly #lifetime = new Lifetime();

  constructor(backend: TensorFlowBackend) {
    this.#backend = backend;
    this.data = new DatasetSources(backend);
  }

  /** Version of the library: `2.20.0`. */
  get version(): string {
    return this.#backend.runtime.version;
  }

  /** What the library was built to compute on; that of CUDA computes on CPUs too. */
  get build(): BuildKind {
    return this.#backend.runtime.build;
  }

  /** Tensors and native handles alive, to show that nothing leaks. */
  memory(): { tensors: number; handles: number } {
    return { tensors: tfjs().state.numTensors, handles: this.#backend.runtime.handles };
  }

  async devices(): Promise<readonly Device[]> {
    return this.#backend.runtime.devices();
  }

  /** The cluster that this process was started in. */
  get cluster(): Cluster | undefined {
    return this.#backend.runtime.cluster;
  }

  /** This process, where the cluster has several. */
  get worker(): Worker | undefined {
    const { members, self } = this.cluster ?? {};
    if (!members || members.length === 1) return undefined;
    return { index: members.indexOf(self!), names: members.map(({ name }) => name) };
  }

  /**
   * Runs `fn` with its ops on a device, executed or recorded, and the variables that it makes in the device's memory:
   * TensorFlow's `tf.device`. Scopes nest. A gradient runs where its forward op ran. An op outside of scopes that works
   * on what a scope placed runs where that is.
   * @throws if there is no such device, and, later, if an op has no kernel for it
   */
  withDevice<Result>(device: DeviceSpec, fn: () => Result): Result {
    const { runtime } = this.#backend;
    const result = runtime.scope.within(deviceName(runtime.devices(), device), fn);
    if (result instanceof Promise) {
      throw new Error(
        'withDevice was given an asynchronous function: its scope ends before the function does.',
      );
    }
    return result;
  }

  /** Moves variables into the memory of a device. */
  place(variables: readonly Variable[], device: DeviceSpec): void {
    const name = deviceName(this.#backend.runtime.devices(), device);
    for (const variable of variables) place(this.#backend, variable, name);
  }

  /**
   * Devices that compute together: those given of this process, and as many of every other process of the cluster.
   */
  group(devices: readonly DeviceSpec[], options?: GroupOptions): CollectiveGroup {
    const known = this.#backend.runtime.devices();
    return new CollectiveGroup(
      this.#backend,
      devices.map((device) => deviceName(known, device)),
      options,
    );
  }

  /**
   * How TensorFlow split the functions that are called for the first time while `run` runs: what is on which device,
   * and what crosses between them (`_Send`).
   */
  async partitions(run: () => Promise<unknown>): Promise<Partition[]> {
    return partitionsDuring(this.#backend.runtime, run);
  }

  /**
   * Records which ops run, when, for how long and on which device, by TensorFlow's own profiler.
   * @throws if this build of TensorFlow does not export it
   */
  async profiler(): Promise<Profiler> {
    this.#lifetime.check();
    const { RuntimeProfiler } = await import('./profiler/profiler.js');
    return new RuntimeProfiler(this.#backend.runtime);
  }

  /**
   * Writes a function and its variables as a SavedModel, which Python's `tf.saved_model.load`, TensorFlow Serving and
   * other programs load: the signature `serving_default`, and the variables in a checkpoint.
   * @param folder must not exist; the folder that it is to lie in must. Nothing of it stays when writing fails
   * @param fn     is traced once, as `compile` does it; what it returns are the outputs, by name
   * @throws if it uses a variable that is not among those given, or draws from an input
   */
  async saveModel(
    folder: string,
    fn: (inputs: Record<string, Tensor>) => Readonly<Record<string, Tensor>>,
    options: SaveModelOptions,
  ): Promise<void> {
    this.#lifetime.check();
    const { saveModel } = await import('./saved-model/save.js');
    await saveModel(this.#backend, folder, fn, options);
  }

  compile<Inputs extends readonly unknown[], Output>(
    fn: (...inputs: Inputs) => Output,
    options?: CompileOptions,
  ): Compiled<Inputs, Output> {
    this.#lifetime.check();
    return this.#lifetime.own(compile(this.#backend, fn, options));
  }

  async input(split: Split, options: InputOptions): Promise<Input> {
    this.#lifetime.check();
    return DatasetInput.open(this.#backend, split, options);
  }

  /**
   * Waits for the calls under way and frees the compiled functions; from now on all calls are refused. The runtime stays
   * loaded, for other engines: TensorFlow cannot be unloaded from a process.
   */
  async dispose(): Promise<void> {
    await this.#lifetime.end();
  }
}
