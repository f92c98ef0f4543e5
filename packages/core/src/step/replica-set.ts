import { concat, mul, reshape, slice, split, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import type { Batch, Device, DeviceGroup, Engine } from '../engine.js';
import type { Replicas } from '../placement.js';
import { partsWithin, type Replica, weightOf } from '../replica.js';

export interface ReplicaSetOptions {
  readonly engine: Engine;
  readonly replicas: Replicas;
  /** The device of a layer, out of one replica's. */
  readonly deviceOf: (layerName: string, devices: readonly Device[]) => Device;
}

/** The replicas of this process: shares batches out among them, and sums what they found over those of all workers. */
export class ReplicaSet {
  readonly #options: ReplicaSetOptions;
  /** Devices in corresponding places of the replicas. */
  readonly #groups: readonly DeviceGroup[];

  constructor(options: ReplicaSetOptions) {
    const { engine, replicas } = options;
    this.#options = options;
    this.#groups = replicas.devices[0]!.map((_, place) =>
      engine.group!(replicas.devices.map((own) => own[place]!)),
    );
  }

  /** Whether batch normalisation takes its statistics over all of them. */
  get syncBatchNorm(): boolean {
    return this.#options.replicas.syncBatchNorm;
  }

  /** Which of a replica's devices a layer is on. */
  placeOf(layerName: string): number {
    const [first] = this.#options.replicas.devices;
    return first!.indexOf(this.#options.deviceOf(layerName, first!));
  }

  /** Each one's part of a batch, in their order. */
  parts(batch: Batch): { readonly replica: Replica; readonly part: Batch }[] {
    const { devices } = this.#options.replicas;
    const examples = batch.labels.shape[0]!;
    const { part = { from: 0, count: examples, of: examples, share: 1 } } = batch;
    return partsWithin(part, devices.length).map((own, i) => {
      // The first device of a replica is that of what has no weights: of what batch normalisation sums, too.
      const sum = (x: Tensor) => this.#groups[0]!.allReduceOn(i, x);
      const of = (tensor: Tensor) => {
        const rest = tensor.shape.slice(1);
        return slice(tensor, [own.from - part.from, ...rest.map(() => 0)], [own.count, ...rest]);
      };
      return {
        replica: { ...own, ...(this.syncBatchNorm && { sum }) },
        part: {
          images: of(batch.images),
          labels: of(batch.labels),
          ...(batch.mix && { mix: { labels: of(batch.mix.labels), share: of(batch.mix.share) } }),
        },
      };
    });
  }

  /**
   * The sums over the whole batch, once for each replica.
   * @param sums  over each one's part, `[n]`
   * @param votes numbers of this process, `[m]`: their sums over all workers follow. Default: none
   */
  total(sums: readonly Tensor1D[], replicas: readonly Replica[], votes?: Tensor1D): Tensor1D[] {
    const weighted = sums.map((values, i) =>
      this.#on(i, 0, () => {
        const own = mul(values, weightOf(replicas[i]!));
        return votes ? concat([own, i === 0 ? votes : mul(votes, 0)]) : own;
      }),
    );
    return this.#groups[0]!.allReduce(weighted) as Tensor1D[];
  }

  /**
   * Sums tensors over all replicas, those given together in one collective.
   * @param tensors of each replica, all on the device in that place of it
   */
  summed(tensors: readonly (readonly Tensor[])[], place: number): Tensor[][] {
    const flat = tensors.map((own, i) =>
      this.#on(i, place, () => concat(own.map((tensor) => reshape(tensor, [-1])))),
    );
    return this.#groups[place]!.allReduce(flat).map((vector, i) =>
      this.#on(i, place, () => {
        const own = tensors[i]!;
        const sizes = own.map(({ size }) => size);
        return split(vector, sizes).map((part, j) => reshape(part, own[j]!.shape));
      }),
    );
  }

  /** Replicas of all workers. */
  get size(): number {
    return this.#groups[0]!.size;
  }

  #on<Value>(replica: number, place: number, fn: () => Value): Value {
    return this.#options.engine.withDevice!(this.#options.replicas.devices[replica]![place]!, fn);
  }
}
