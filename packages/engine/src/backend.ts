import {
  type BackendTimingInfo,
  type BackendValues,
  DataStorage,
  type DataType,
  engine,
  type Tensor,
  type TensorInfo,
  Variable,
} from '@tensorflow/tfjs-core';
import type { DataId } from '@tensorflow/tfjs-core/dist/tensor_info.js';
import { type DType, tfjsDType } from './dtype.js';
import type { HostValues } from './host-tensor.js';
import type { Runtime } from './runtime.js';
import { TfjsNodeBackend } from './tfjs-node-backend.js';
import type { Trace } from './trace.js';
import type { Attributes, EagerTensor, GraphTensor, Value } from './value.js';
import { ResourceVariable, type TracedVariables } from './variable.js';

/** What a tfjs tensor's data is at the moment. */
type Content =
  /** Values that JavaScript wrote and no op has used yet. */
  | { readonly kind: 'host'; readonly values: HostValues }
  | Value
  /** A variable that compiled functions update in place. */
  | ResourceVariable;

interface Data {
  readonly dtype: DType;
  readonly shape: readonly number[];
  content: Content;
  refCount: number;
  /** The trace during which it was made. */
  readonly trace: Trace | undefined;
}

/**
 * The tfjs backend `tensorflow`. tfjs-node's kernels turn tfjs ops into TensorFlow ops and call `execute…`; this
 * class keeps what each tensor's data is, and hands the ops to the runtime, which executes or records them.
 */
export class TensorFlowBackend extends TfjsNodeBackend {
  readonly runtime: Runtime;
  override readonly isUsingGpuDevice: boolean;
  /** Variables as the open trace sees them. */
  traced: TracedVariables | undefined;
  readonly #data: DataStorage<Data>;

  constructor(runtime: Runtime) {
    super();
    this.runtime = runtime;
    this.isUsingGpuDevice = runtime.devices().some(({ type }) => type === 'GPU');
    this.#data = new DataStorage(this, engine());
  }

  override execute(
    op: string,
    inputs: readonly TensorInfo[],
    attributes: Attributes = {},
    outputs?: number,
  ): Tensor[] {
    const { runtime } = this;
    const sumDevice = runtime.scope.deviceOfSum(op, inputs);
    if (sumDevice !== undefined) {
      return runtime.scope.within(sumDevice, () => this.execute(op, inputs, attributes, outputs));
    }
    if (runtime.trace) {
      const values = inputs.map((input) => this.graphValue(input));
      return runtime.trace.record(op, values, attributes).map((value) => this.wrap(value));
    }
    const borrowed = inputs.map((input) => this.borrow(input));
    try {
      const values = borrowed.map(({ value }) => value);
      return runtime.executeEagerly(op, values, attributes, outputs).map((value) => this.wrap(value));
    } finally {
      for (const { value, temporary } of borrowed) if (temporary) runtime.delete(value);
    }
  }

  /** A tfjs tensor that owns `value`. */
  wrap(content: Value | ResourceVariable): Tensor {
    const dataId = {};
    const { dtype, shape } = content;
    this.#data.set(dataId, { dtype, shape, content, refCount: 1, trace: this.runtime.trace });
    return engine().makeTensorFromTensorInfo({ dataId, shape: [...shape], dtype: tfjsDType(dtype) }, this);
  }

  /** A constant for an op's input: part of the graph in a trace, else a tensor that the caller deletes. */
  constant(dtype: DType, shape: readonly number[], values: HostValues): Value {
    const { runtime } = this;
    return runtime.trace
      ? runtime.trace.constant(dtype, shape, values)
      : runtime.tensor(dtype, shape, values);
  }

  /** The content of a tensor's data. */
  content({ dataId }: Pick<TensorInfo, 'dataId'>): Content {
    return this.#data.get(dataId).content;
  }

  /** TensorFlow's dtype of a tensor's data. */
  dtype({ dataId }: Pick<TensorInfo, 'dataId'>): DType {
    return this.#data.get(dataId).dtype;
  }

  /** Whether a tensor's data is here, and not in another backend. */
  owns({ dataId }: Pick<TensorInfo, 'dataId'>): boolean {
    return this.#data.has(dataId);
  }

  /** The device that a scope placed a tensor on: `GPU:1`. */
  device(info: Pick<TensorInfo, 'dataId'>): string | undefined {
    if (!this.owns(info)) return undefined;
    const content = this.content(info);
    return content.kind === 'host' ? undefined : content.device;
  }

  /**
   * A tensor's value, for use outside traces.
   * @returns the value, and whether the caller must delete it after use
   */
  borrow(info: TensorInfo): { value: EagerTensor; temporary: boolean } {
    const data = this.#data.get(info.dataId);
    const { content } = data;
    switch (content.kind) {
      case 'eager':
        return { value: content, temporary: false };
      case 'host': {
        const value = this.runtime.tensor(data.dtype, data.shape, content.values);
        data.content = value;
        return { value, temporary: false };
      }
      case 'variable':
        return { value: content.read(this.runtime), temporary: true };
      case 'graph':
        throw new Error(
          'A tensor made inside a compiled function has no value outside of it. Return it from the function.',
        );
    }
  }

  /** The tensor of the open trace that stands for a tfjs tensor. */
  graphValue(info: TensorInfo): GraphTensor {
    const trace = this.runtime.trace!;
    const data = this.#data.get(info.dataId);
    // Variables are read anew at every call of the function, other tensors are what they are.
    if (info instanceof Variable) return this.traced!.read(info);
    const { content } = data;
    switch (content.kind) {
      case 'graph':
        return trace.resolve(content);
      case 'host':
        if (data.trace === trace) return trace.constant(data.dtype, data.shape, content.values);
        return trace.resolve(this.borrow(info).value);
      case 'eager':
        return trace.resolve(content);
      case 'variable':
        throw new Error('A variable is read through its tf.Variable inside a compiled function');
    }
  }

  // What tfjs calls.

  override write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(
    dataId: DataId,
    values: BackendValues,
    shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    const content = { kind: 'host', values: (values ?? []) as HostValues } as const;
    this.#data.set(dataId, { dtype, shape, content, refCount, trace: this.runtime.trace });
  }

  override async read(dataId: DataId): Promise<BackendValues> {
    return this.readSync(dataId);
  }

  override readSync(dataId: DataId): BackendValues {
    const data = this.#data.get(dataId);
    if (data.content.kind === 'host') return data.content.values as BackendValues;
    if (data.content.kind === 'graph') throw new Error(hostReadMessage());
    const { value, temporary } = this.borrow({
      dataId,
      shape: [...data.shape],
      dtype: tfjsDType(data.dtype),
    });
    try {
      if (data.dtype === 'string') return this.runtime.strings(value);
      const numbers = this.runtime.numbers(value);
      if (numbers instanceof Float32Array || numbers instanceof Int32Array) return numbers;
      return tfjsDType(data.dtype) === 'int32'
        ? Int32Array.from(numbers as never, Number)
        : (numbers as Uint8Array);
    } finally {
      if (temporary) this.runtime.delete(value);
    }
  }

  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.#data.has(dataId)) return true;
    const data = this.#data.get(dataId);
    data.refCount--;
    if (!force && data.refCount > 0) return false;
    if (data.content.kind === 'eager') this.runtime.delete(data.content);
    if (data.content.kind === 'variable') data.content.delete(this.runtime);
    this.#data.delete(dataId);
    return true;
  }

  override refCount(dataId: DataId): number {
    return this.#data.has(dataId) ? this.#data.get(dataId).refCount : 0;
  }

  override incRef(dataId: DataId): void {
    this.#data.get(dataId).refCount++;
  }

  override numDataIds(): number {
    return this.#data.numDataIds();
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override memory() {
    return { unreliable: true, reasons: ['TensorFlow allocates more than the tensors hold'] };
  }

  /** Wall time, JavaScript's share included, until all devices are done: TensorFlow's runtime does not time kernels. */
  override async time(run: () => void): Promise<BackendTimingInfo> {
    const start = performance.now();
    run();
    for (const { name, type } of this.runtime.devices()) if (type === 'GPU') this.#await(name);
    return { kernelMs: performance.now() - start };
  }

  /** A GPU computes after the call has returned, in order: what is read from it now is there when all else is. */
  #await(device: string): void {
    const { runtime } = this;
    const here = runtime.tensor('float32', [], [0]);
    const [there] = runtime.executeEagerly('Identity', [here], { T: 'float32' }, 1, device);
    runtime.numbers(there!);
    for (const tensor of [here, there!]) runtime.delete(tensor);
  }

  override dispose(): void {}
}

/** Names the line that wanted a value which exists only when the compiled function runs. */
function hostReadMessage(): string {
  const line = new Error().stack
    ?.split('\n')
    .slice(1)
    .find(
      (frame) =>
        !/node_modules|\/tfjs-(core|layers)\/|\/engine\/(src|dist)\/(backend|compile)\.[jt]s|node:/.test(
          frame,
        ),
    );
  return `A tensor was read (data, dataSync, array, print, …) inside a compiled function, where it has no value yet${
    line ? `, ${line.trim()}` : ''
  }. Return it from the function and read it there.`;
}
