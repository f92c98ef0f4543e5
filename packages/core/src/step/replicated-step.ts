import {
  add,
  concat,
  mul,
  reshape,
  type Scalar,
  slice,
  split,
  type Tensor,
  type Tensor1D,
} from '@tensorflow/tfjs-core';
import type { Batch, Device, DeviceGroup, Engine } from '../engine.js';
import type { Progress } from '../optimizer.js';
import type { Replicas } from '../placement.js';
import { partsOf, type Replica, weightOf, withReplica } from '../replica.js';
import type { BatchSums, Gathered, TrainStep } from './step.js';

/** Bytes of gradients that are summed in one collective: as PyTorch's DistributedDataParallel has it (`bucket_cap_mb`). */
const BUCKET_BYTES = 25 * 2 ** 20;

export interface ReplicatedStepOptions {
  /** One of each replica: the same but for the model and its weights. */
  readonly steps: readonly TrainStep[];
  readonly engine: Engine;
  readonly replicas: Replicas;
  /** The device of a layer, out of one replica's. */
  readonly deviceOf: (layerName: string, devices: readonly Device[]) => Device;
}

/**
 * An optimizer step of several replicas: each computes the gradients of its part of the batch, they are summed over all, and each
 * makes the same update. The sums begin with the last layers' gradients, while those of the first are still computed.
 */
export class ReplicatedStep implements Pick<TrainStep, 'numbers' | 'apply' | 'accumulate'> {
  readonly #options: ReplicatedStepOptions;
  /** Devices in corresponding places of the replicas. */
  readonly #groups: readonly DeviceGroup[];
  /** Which weights are summed together, and by which group. */
  readonly #buckets: readonly Bucket[];

  constructor(options: ReplicatedStepOptions) {
    this.#options = options;
    const { steps, engine, deviceOf } = options;
    const { devices } = options.replicas;
    this.#groups = devices[0]!.map((_, place) => engine.group!(devices.map((own) => own[place]!)));
    const placeOf = (name: string) =>
      devices[0]!.indexOf(deviceOf(name.slice(0, name.lastIndexOf('/')), devices[0]!));
    const weights = steps[0]!.weights.map(({ name, weight }) => ({
      place: placeOf(name),
      size: weight.size,
    }));
    this.#buckets = bucketsOf(weights);
  }

  numbers(progress: Progress, examples?: number): number[] {
    return this.#options.steps[0]!.numbers(progress, examples);
  }

  apply(batch: Batch, numbers: Tensor1D, batchNumber: Scalar): BatchSums {
    const begun = this.#each(batch, (step, part) => step.phases(part, numbers, batchNumber));
    const gathered = begun.map(({ replica, value: phases }) =>
      withReplica(replica, () => phases.next().value as Gathered),
    );
    const sums = total(
      gathered,
      begun.map(({ replica }) => replica),
    );
    const gradients = this.#reduced(gathered);
    const results = begun.map(
      ({ value: phases }, i) => phases.next({ sums, gradients: gradients[i]! }).value as BatchSums,
    );
    return results[0]!;
  }

  accumulate(batch: Batch, batchNumber: Scalar): BatchSums {
    const sums = this.#each(batch, (step, part, replica) =>
      withReplica(replica, () => mul(step.accumulate(part, batchNumber), weightOf(replica)) as BatchSums),
    );
    return sums.map(({ value }) => value).reduce((sum, value) => add(sum, value) as BatchSums);
  }

  #each<Value>(batch: Batch, run: (step: TrainStep, part: Batch, replica: Replica) => Value) {
    const { steps, replicas } = this.#options;
    const parts = partsOf(batch.labels.shape[0]!, steps.length);
    return steps.map((step, i) => {
      // The first device of a replica is that of what has no weights: of what batch normalisation sums, too.
      const sum = (x: Tensor) => this.#groups[0]!.allReduceOn(i, x);
      const replica = { ...parts[i]!, ...(replicas.syncBatchNorm && { sum }) };
      const { from, count } = replica;
      const of = (tensor: Tensor) =>
        slice(tensor, [from, ...tensor.shape.slice(1).map(() => 0)], [count, ...tensor.shape.slice(1)]);
      const part = { images: of(batch.images), labels: of(batch.labels) };
      return { replica, value: run(step, part, replica) };
    });
  }

  /** The gradients of the whole batch, for each replica. */
  #reduced(gathered: readonly Gathered[]): Tensor[][] {
    const { engine, replicas } = this.#options;
    const results = gathered.map(({ gradients }) => [...gradients]);
    for (const { place, weights } of this.#buckets) {
      const on = <Value>(i: number, fn: () => Value) => engine.withDevice!(replicas.devices[i]![place]!, fn);
      const flat = gathered.map(({ gradients }, i) =>
        on(i, () => concat(weights.map((weight) => reshape(gradients[weight]!, [-1])))),
      );
      const summed = this.#groups[place]!.allReduce(flat);
      summed.forEach((vector, i) =>
        on(i, () => {
          const sizes = weights.map((weight) => gathered[i]!.gradients[weight]!.size);
          split(vector, sizes).forEach((part, j) => {
            const weight = weights[j]!;
            results[i]![weight] = reshape(part, gathered[i]!.gradients[weight]!.shape);
          });
        }),
      );
    }
    return results;
  }
}

interface Bucket {
  /** Of the device among a replica's. */
  readonly place: number;
  /** Numbers of the weights. */
  readonly weights: number[];
}

/** Weights from the last to the first, as their gradients are ready, so many together as fit. */
function bucketsOf(weights: readonly { readonly place: number; readonly size: number }[]): Bucket[] {
  const buckets: Bucket[] = [];
  const open = new Map<number, { readonly bucket: Bucket; bytes: number }>();
  for (const [i, { place, size }] of [...weights.entries()].reverse()) {
    let current = open.get(place);
    if (!current || current.bytes + 4 * size > BUCKET_BYTES) {
      current = { bucket: { place, weights: [] }, bytes: 0 };
      open.set(place, current);
      buckets.push(current.bucket);
    }
    current.bucket.weights.push(i);
    current.bytes += 4 * size;
  }
  return buckets;
}

function total(gathered: readonly Gathered[], replicas: readonly Replica[]): Gathered['sums'] {
  const weighted = gathered.map(({ sums }, i) =>
    sums.map((sum) => mul(sum, weightOf(replicas[i]!)) as Scalar),
  );
  return weighted.reduce((all, own) =>
    all.map((sum, i) => add(sum, own[i]!) as Scalar),
  ) as unknown as Gathered['sums'];
}
