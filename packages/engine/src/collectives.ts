import type { Tensor } from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from './backend.js';
import type { GraphTensor } from './value.js';

/** How the members' tensors become one. */
export type Reduction = 'sum' | 'mean' | 'min' | 'max';

export interface GroupOptions {
  /**
   * Seconds after which a collective that some members have not come to is an error. Members that are gone or hang are
   * noticed sooner (see `Cluster`). Default 600.
   */
  readonly timeout?: number;
}

const OPS = {
  sum: { merge_op: 'Add', final_op: 'Id' },
  mean: { merge_op: 'Add', final_op: 'Div' },
  min: { merge_op: 'Min', final_op: 'Id' },
  max: { merge_op: 'Max', final_op: 'Id' },
} as const satisfies Record<Reduction, object>;

let groups = 0;

/**
 * Devices that compute together: those given of this process, and as many of every other process of the cluster. Its
 * collectives work inside compiled functions. Every process must make the same groups and call the same collectives
 * with the same shapes, in the same order.
 */
export class CollectiveGroup {
  /** Members over all processes. */
  readonly size: number;
  readonly #backend: TensorFlowBackend;
  readonly #devices: readonly string[];
  readonly #timeout: number;
  readonly #key = ++groups;
  /** How many collectives each device has come to. */
  readonly #instances: number[];

  /** @param devices names of this process's devices: `GPU:0` */
  constructor(backend: TensorFlowBackend, devices: readonly string[], { timeout = 600 }: GroupOptions = {}) {
    if (new Set(devices).size !== devices.length || devices.length === 0) {
      throw new Error(`A group needs devices, each once, and was given: ${devices.join(', ') || 'none'}.`);
    }
    if (!(timeout > 0))
      throw new Error(`The timeout of a group is ${timeout}. It must be more than 0 seconds.`);
    this.#backend = backend;
    this.#devices = devices;
    this.#timeout = timeout;
    this.#instances = devices.map(() => 0);
    this.size = devices.length * (backend.runtime.cluster?.members.length ?? 1);
  }

  /**
   * Combines the tensors of all members, which have one shape.
   * @param tensors one per device of this process
   * @returns the result, once per device of this process
   */
  allReduce(tensors: readonly Tensor[], reduction: Reduction = 'sum'): Tensor[] {
    return this.#onEach(tensors, 'allReduce', (value, i) => this.#reduce(value, i, reduction));
  }

  /**
   * One device's part of `allReduce`, for programs that come to the other devices' later. All of them must come to the same
   * collectives in the same order.
   * @param index of the device among those of this process
   */
  allReduceOn(index: number, tensor: Tensor, reduction: Reduction = 'sum'): Tensor {
    return this.#on(index, tensor, 'allReduceOn', (value) => this.#reduce(value, index, reduction));
  }

  #reduce(value: GraphTensor, index: number, reduction: Reduction): GraphTensor {
    const attributes = { ...this.#instance(index), ...OPS[reduction], subdiv_offsets: [0] };
    return this.#record('CollectiveReduce', [value], value, attributes);
  }

  /**
   * Puts the tensors of all members, which have one shape, one after the other along their first axis.
   * @param tensors one per device of this process, of at least one dimension
   * @returns the result, once per device of this process; in the order of processes, then of devices
   */
  allGather(tensors: readonly Tensor[]): Tensor[] {
    return this.#onEach(tensors, 'allGather', (value, i) => {
      const instance = this.#instance(i);
      const [first = 1, ...rest] = value.shape;
      const shape = [first * this.size, ...rest];
      return this.#record('CollectiveGather', [value], value, { ...instance, shape });
    });
  }

  /**
   * Gives all members the tensor of one of them.
   * @param tensors one per device of this process; what those hold that do not send says the shape only
   * @param root which process sends, counted over the cluster's members; from its first device. Default 0
   */
  broadcast(tensors: readonly Tensor[], root = 0): Tensor[] {
    const { cluster } = this.#backend.runtime;
    const sends = cluster ? cluster.members[root] === cluster.self : root === 0;
    return this.#onEach(tensors, 'broadcast', (value, i) => {
      const attributes = { ...this.#instance(i), shape: value.shape };
      return sends && i === 0
        ? this.#record('CollectiveBcastSend', [value], value, attributes)
        : this.#record('CollectiveBcastRecv', [], value, attributes);
    });
  }

  #onEach(
    tensors: readonly Tensor[],
    what: string,
    run: (value: GraphTensor, index: number) => GraphTensor,
  ): Tensor[] {
    if (tensors.length !== this.#devices.length) {
      throw new Error(
        `${what} got ${tensors.length} tensors. It takes one for each device: ${this.#devices.join(', ')}.`,
      );
    }
    return this.#devices.map((_, i) => this.#on(i, tensors[i]!, what, run));
  }

  #on(
    index: number,
    tensor: Tensor,
    what: string,
    run: (value: GraphTensor, index: number) => GraphTensor,
  ): Tensor {
    const backend = this.#backend;
    const { scope, trace } = backend.runtime;
    if (!trace)
      throw new Error(`${what} is called outside of a compiled function. Collectives work inside of one.`);
    return scope.within(this.#devices[index]!, () =>
      backend.wrap(run(trace.inFloat32(backend.graphValue(tensor)), index)),
    );
  }

  #record(
    op: string,
    inputs: readonly GraphTensor[],
    { dtype, shape }: GraphTensor,
    attributes: object,
  ): GraphTensor {
    const { trace } = this.#backend.runtime;
    const common = { T: dtype, group_size: this.size, group_key: this.#key, timeout_seconds: this.#timeout };
    const result = trace!.collective(op, inputs, { ...common, communication_hint: 'auto', ...attributes });
    return result.shape.includes(-1) && op !== 'CollectiveGather' ? trace!.withShape(result, shape) : result;
  }

  /** Every collective in the program has a number, the same on all members. */
  #instance(index: number) {
    return { instance_key: ++this.#instances[index]! };
  }
}
