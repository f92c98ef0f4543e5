import { create, toBinary } from '@bufbuild/protobuf';
import type { Device } from '@paperlab/core';
import { setAttributes } from './attributes.js';
import { type CApi, loadCApi, type Pointer } from './c-api.js';
import { CancellableCalls } from './cancellation.js';
import { Cluster, type ClusterOptions } from './cluster.js';
import { shortDeviceName } from './device.js';
import { DeviceScope } from './device-scope.js';
import { type DType, dtypeOf, type NumericArray } from './dtype.js';
import { createTensor, type HostValues, readNumbers, readStrings } from './host-tensor.js';
import { type GpuMemoryOptions, gpuOptions } from './gpu-options.js';
import { KernelRegistry } from './kernel-registry.js';
import type { BuildKind } from './library/builds.js';
import { groupInputs, type OpDefinition, OpDefinitions } from './op-definition.js';
import { ConfigProtoSchema } from './protos/tensorflow/core/protobuf/config_pb.gen.js';
import { check, throwIfFailed } from './status.js';
import type { Trace } from './trace.js';
import type { Attributes, EagerTensor, Value } from './value.js';

export interface RuntimeOptions extends GpuMemoryOptions {
  /** Logical CPU devices, which share the machine's cores; several stand in for GPUs in tests. Default 1. */
  readonly cpuDevices?: number;
  /** Threads within one op. Default: one per core. */
  readonly intraOpThreads?: number;
  /** Ops that run at once. Default: one per core. */
  readonly interOpThreads?: number;
  /**
   * Whether an op that has no kernel for the device that a scope asks for may run on another one. Default false: it is
   * an error that names both.
   */
  readonly softPlacement?: boolean;
  /** The cluster that this process is a member of, for collectives between processes. */
  readonly cluster?: ClusterOptions;
}

/** TensorFlow's eager runtime in this process: executes ops and functions, or records ops while a trace is open. */
export class Runtime {
  readonly c: CApi;
  /** Path of the library with TensorFlow's framework. */
  readonly framework: string;
  readonly context: Pointer;
  readonly definitions: OpDefinitions;
  readonly scope: DeviceScope;
  readonly cluster: Cluster | undefined;
  /** The trace that ops go to instead of being executed, while a function is being traced. */
  trace: Trace | undefined;
  /** The functions that were added, `TF_Function*` by name. */
  readonly functions = new Map<string, Pointer>();
  /** Names of the functions that wait for other devices or processes. */
  readonly collective = new Set<string>();
  /** `TFE_TensorHandle`s alive. */
  handles = 0;
  readonly #calls: CancellableCalls;
  readonly #devices: readonly Device[];
  readonly #kernels: KernelRegistry;

  constructor(files: { readonly framework: string; readonly cc: string }, options: RuntimeOptions = {}) {
    this.c = loadCApi(files);
    this.framework = files.framework;
    const { c } = this;
    this.definitions = new OpDefinitions(c);
    this.#kernels = new KernelRegistry(c);
    this.scope = new DeviceScope(this.#kernels);
    this.#calls = new CancellableCalls(c);
    const config = create(ConfigProtoSchema, {
      deviceCount: { CPU: options.cpuDevices ?? 1 },
      intraOpParallelismThreads: options.intraOpThreads ?? 0,
      interOpParallelismThreads: options.interOpThreads ?? 0,
      allowSoftPlacement: options.softPlacement ?? false,
      gpuOptions: gpuOptions(options),
      experimental: { collectiveNccl: true }, // where all members of a group are GPUs
    });
    const bytes = toBinary(ConfigProtoSchema, config);
    const contextOptions = c.TFE_NewContextOptions();
    try {
      check(c, 'TFE_ContextOptionsSetConfig', (status) =>
        c.TFE_ContextOptionsSetConfig(contextOptions, bytes, bytes.length, status),
      );
      this.context = check(c, 'TFE_NewContext', (status) => c.TFE_NewContext(contextOptions, status));
    } finally {
      c.TFE_DeleteContextOptions(contextOptions);
    }
    // Before anything is made: the server brings devices of its own.
    this.cluster = options.cluster && new Cluster(c, this.context, options.cluster, config);
    this.#devices = this.#listDevices();
  }

  /** TensorFlow's version: `2.20.0`. */
  get version(): string {
    return this.c.TF_Version();
  }

  /** What the library has kernels for. */
  get build(): BuildKind {
    return this.#kernels.has('MatMul', 'GPU', {}) ? 'cuda' : 'cpu';
  }

  devices(): readonly Device[] {
    return this.#devices;
  }

  #listDevices(): Device[] {
    const { c } = this;
    const list = check(c, 'TFE_ContextListDevices', (status) =>
      c.TFE_ContextListDevices(this.context, status),
    );
    try {
      return Array.from({ length: c.TF_DeviceListCount(list) }, (_, i) => {
        const of = <T>(read: (list: Pointer, index: number, status: Pointer) => T) =>
          check(c, 'TF_DeviceList', (status) => read(list, i, status));
        const type = of(c.TF_DeviceListType);
        // TensorFlow makes a number up for CPUs.
        const memory = type === 'GPU' ? { memory: Number(of(c.TF_DeviceListMemoryBytes)) } : {};
        return { name: shortDeviceName(of(c.TF_DeviceListName)), type, ...memory } as Device;
      }).filter(({ type }) => type === 'CPU' || type === 'GPU');
    } finally {
      c.TF_DeleteDeviceList(list);
    }
  }

  /** Makes an eager tensor from values in JavaScript's memory. */
  tensor(dtype: DType, shape: readonly number[], values: HostValues): EagerTensor {
    const host = createTensor(this.c, dtype, shape, values);
    try {
      return this.#own(
        check(this.c, 'TFE_NewTensorHandle', (status) => this.c.TFE_NewTensorHandle(host, status)),
      );
    } finally {
      this.c.TF_DeleteTensor(host);
    }
  }

  /** Copies a tensor's numbers to JavaScript's memory, waiting for them. */
  numbers(tensor: EagerTensor): NumericArray {
    return this.#resolve(tensor, (host) => readNumbers(this.c, host));
  }

  /** Copies a tensor's strings to JavaScript's memory, as bytes. */
  strings(tensor: EagerTensor): Uint8Array[] {
    return this.#resolve(tensor, (host) => readStrings(this.c, host));
  }

  /** A second handle on the same data, with a lifetime of its own. */
  share(tensor: EagerTensor): EagerTensor {
    return this.#own(
      check(this.c, 'TFE_TensorHandleCopySharingTensor', (status) =>
        this.c.TFE_TensorHandleCopySharingTensor(tensor.handle, status),
      ),
    );
  }

  delete(tensor: EagerTensor): void {
    this.c.TFE_DeleteTensorHandle(tensor.handle);
    this.handles--;
  }

  /**
   * Executes an op, or records it if a trace is open.
   * @param inputs  flat, in the op's order; lists are told apart by the op's definition and `attributes`
   * @param outputs how many outputs there are, where the op's definition does not say
   */
  execute(op: string, inputs: readonly Value[], attributes: Attributes = {}, outputs?: number): Value[] {
    if (this.trace) return this.trace.record(op, inputs, attributes);
    return this.executeEagerly(op, inputs as readonly EagerTensor[], attributes, outputs);
  }

  /** Executes an op now, trace or not. */
  executeEagerly(
    op: string,
    inputs: readonly EagerTensor[],
    attributes: Attributes = {},
    outputs?: number,
    device: string | undefined = this.scope.deviceFor(op, inputs, attributes),
  ): EagerTensor[] {
    const { c } = this;
    const definition = this.definitions.get(op);
    const status = c.TF_NewStatus();
    const eagerOp = c.TFE_NewOp(this.context, op, status);
    try {
      throwIfFailed(c, status, op);
      if (device) c.TFE_OpSetDevice(eagerOp, `/device:${device}`, status);
      const inferred = this.#addInputs(eagerOp, definition, inputs, attributes, status, op);
      setAttributes(c, true, eagerOp, definition, attributes, inferred);
      const handles = new Array<Pointer | null>(outputs ?? definition.outputs(attributes)).fill(null);
      const count = [handles.length];
      c.TFE_Execute(eagerOp, handles, count, status);
      throwIfFailed(c, status, op);
      return handles.slice(0, count[0]).map((handle) => this.#own(handle!, device));
    } finally {
      c.TFE_DeleteOp(eagerOp);
      c.TF_DeleteStatus(status);
    }
  }

  /**
   * Calls a function that was added to the context, on a thread of libuv's pool.
   * @param inputs must stay alive until the promise settles
   * @param signal cancels the call
   */
  async call(
    name: string,
    inputs: readonly EagerTensor[],
    outputs: number,
    device?: string,
    signal?: AbortSignal,
  ): Promise<EagerTensor[]> {
    const op = this.#newCall(name, inputs, device);
    try {
      const handles = new Array<Pointer | null>(outputs).fill(null);
      const execute = () => this.#calls.execute(op, name, handles, signal);
      await (this.cluster && this.collective.has(name) ? this.cluster.watch(execute, signal) : execute());
      return handles.map((handle) => this.#own(handle!));
    } finally {
      this.c.TFE_DeleteOp(op);
    }
  }

  /** Calls a function and waits for it: for short ones, for the event loop stands still. */
  callNow(name: string, inputs: readonly EagerTensor[], outputs: number): EagerTensor[] {
    const { c } = this;
    const op = this.#newCall(name, inputs);
    try {
      const handles = new Array<Pointer | null>(outputs).fill(null);
      check(c, name, (status) => c.TFE_Execute(op, handles, [outputs], status));
      return handles.map((handle) => this.#own(handle!));
    } finally {
      c.TFE_DeleteOp(op);
    }
  }

  /** Adds a `TF_Function*` under its name, and owns it. */
  addFunction(name: string, fn: Pointer): void {
    this.functions.set(name, fn);
    check(this.c, name, (status) => this.c.TFE_ContextAddFunction(this.context, fn, status));
  }

  removeFunction(name: string): void {
    this.c.TF_DeleteFunction(this.functions.get(name)!);
    this.functions.delete(name);
    this.collective.delete(name);
    check(this.c, name, (status) => this.c.TFE_ContextRemoveFunction(this.context, name, status));
  }

  /** A `TFE_Op*` that calls a function; the caller deletes it. */
  #newCall(name: string, inputs: readonly EagerTensor[], device?: string): Pointer {
    const { c } = this;
    const op = check(c, name, (status) => c.TFE_NewOp(this.context, name, status));
    try {
      check(c, name, (status) => {
        if (device) c.TFE_OpSetDevice(op, `/device:${device}`, status);
        for (const { handle } of inputs) c.TFE_OpAddInput(op, handle, status);
      });
      return op;
    } catch (error) {
      c.TFE_DeleteOp(op);
      throw error;
    }
  }

  /** Adds flat inputs to an op, lists as lists; returns the count attribute that follows from a list's length. */
  #addInputs(
    eagerOp: Pointer,
    definition: OpDefinition,
    inputs: readonly EagerTensor[],
    attributes: Attributes,
    status: Pointer,
    op: string,
  ): string | undefined {
    const { c } = this;
    let inferred: string | undefined;
    for (const argument of groupInputs(definition, inputs, attributes)) {
      if (argument.list) {
        inferred ??= argument.countAttribute;
        c.TFE_OpAddInputList(
          eagerOp,
          argument.values.map(({ handle }) => handle),
          argument.values.length,
          status,
        );
      } else {
        for (const { handle } of argument.values) c.TFE_OpAddInput(eagerOp, handle, status);
      }
      throwIfFailed(c, status, op);
    }
    return inferred;
  }

  #own(handle: Pointer, device?: string): EagerTensor {
    const { c } = this;
    this.handles++;
    const status = c.TF_NewStatus();
    const dtype = dtypeOf(c.TFE_TensorHandleDataType(handle));
    const rank = c.TFE_TensorHandleNumDims(handle, status);
    const shape = Array.from({ length: Math.max(rank, 0) }, (_, i) =>
      Number(c.TFE_TensorHandleDim(handle, i, status)),
    );
    c.TF_DeleteStatus(status);
    return device === undefined
      ? { kind: 'eager', dtype, shape, handle }
      : { kind: 'eager', dtype, shape, handle, device };
  }

  #resolve<T>(tensor: EagerTensor, read: (host: Pointer) => T): T {
    const host = check(this.c, 'TFE_TensorHandleResolve', (status) =>
      this.c.TFE_TensorHandleResolve(tensor.handle, status),
    );
    try {
      return read(host);
    } finally {
      this.c.TF_DeleteTensor(host);
    }
  }
}
