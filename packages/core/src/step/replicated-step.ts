import {
  concat,
  mul,
  type Scalar,
  slice,
  stack,
  type Tensor,
  type Tensor1D,
  unstack,
} from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Batch } from '../engine.js';
import type { Loss } from '../model.js';
import type { Progress } from '../optimizer.js';
import { withReplica } from '../replica.js';
import type { ReplicaSet } from './replica-set.js';
import { type BatchSums, evaluationStep, type Gathered, type TrainStep } from './step.js';

/** Bytes of gradients that are summed in one collective: as PyTorch's DistributedDataParallel has it (`bucket_cap_mb`). */
export const BUCKET_BYTES = 25 * 2 ** 20;

export interface ReplicatedStepOptions {
  /** One of each replica of this process: the same but for the model and its weights. */
  readonly steps: readonly TrainStep[];
  readonly replicas: ReplicaSet;
  /** Numbers that this process gives each step beside a step's own: see `ReplicaSet.total`. Default: none. */
  readonly votes?: () => readonly number[];
}

/**
 * An optimizer step of several replicas: each computes the gradients of its part of the batch, they are summed over all, and each
 * makes the same update. The sums begin with the last layers' gradients, while those of the first are still computed. Behind its
 * sums stand those of the votes.
 */
export class ReplicatedStep implements Pick<TrainStep, 'numbers' | 'apply' | 'accumulate'> {
  readonly #steps: readonly TrainStep[];
  readonly #replicas: ReplicaSet;
  readonly #votes: () => readonly number[];
  /** Gradients that are summed together. */
  readonly #buckets: readonly Bucket[];
  /** Running statistics that are averaged together. */
  readonly #statistics: readonly Bucket[];

  constructor({ steps, replicas, votes = () => [] }: ReplicatedStepOptions) {
    this.#steps = steps;
    this.#replicas = replicas;
    this.#votes = votes;
    const { weights, statistics } = steps[0]!;
    const placed = ({ name, size }: { readonly name: string; readonly size: number }) => ({
      place: replicas.placeOf(name.slice(0, name.lastIndexOf('/'))),
      size,
    });
    this.#buckets = bucketsOf(weights.map(({ name, weight }) => placed({ name, size: weight.size })));
    // Statistics of the whole batch are the same everywhere.
    this.#statistics = replicas.syncBatchNorm ? [] : bucketsOf(statistics.map(placed));
  }

  numbers(progress: Progress, examples?: number): number[] {
    return [...this.#steps[0]!.numbers(progress, examples), ...this.#votes()];
  }

  apply(batch: Batch, given: Tensor1D, batchNumber: Scalar): BatchSums {
    const count = this.#votes().length;
    const numbers = slice(given, 0, given.size - count);
    const votes = count > 0 ? slice(given, given.size - count) : undefined;
    const parts = this.#replicas.parts(batch);
    const phases = parts.map(({ part }, i) => this.#steps[i]!.phases(part, numbers, batchNumber));
    const gathered = phases.map((phase, i) =>
      withReplica(parts[i]!.replica, () => phase.next().value as Gathered),
    );
    const totals = this.#replicas.total(
      gathered.map(({ sums }) => stack([...sums]) as Tensor1D),
      parts.map(({ replica }) => replica),
      votes,
    );
    const gradients = this.#summed(gathered);
    const results = phases.map((phase, i) => {
      const [loss, correct] = unstack(slice(totals[i]!, 0, 2)) as [Scalar, Scalar];
      return phase.next({ sums: [loss, correct], gradients: gradients[i]! }).value as BatchSums;
    });
    this.#averageStatistics();
    return votes ? concat([results[0]!, slice(totals[0]!, 2)]) : results[0]!;
  }

  accumulate(batch: Batch, batchNumber: Scalar): BatchSums {
    const parts = this.#replicas.parts(batch);
    const sums = parts.map(({ part, replica }, i) =>
      withReplica(replica, () => this.#steps[i]!.accumulate(part, batchNumber)),
    );
    return this.#replicas.total(
      sums,
      parts.map(({ replica }) => replica),
    )[0]!;
  }

  /** The gradients of the whole batch, for each replica. */
  #summed(gathered: readonly Gathered[]): Tensor[][] {
    const results = gathered.map(({ gradients }) => [...gradients]);
    for (const { place, members } of this.#buckets) {
      const together = gathered.map(({ gradients }) => members.map((index) => gradients[index]!));
      this.#replicas
        .summed(together, place)
        .forEach((own, i) => own.forEach((gradient, j) => (results[i]![members[j]!] = gradient)));
    }
    return results;
  }

  /** Makes the mean of all replicas' running statistics each one's, as TensorFlow's MirroredStrategy does where they are read. */
  #averageStatistics(): void {
    for (const { place, members } of this.#statistics) {
      const variables = this.#steps.map(({ statistics }) =>
        members.map((index) => statistics[index]!.variable),
      );
      this.#replicas
        .summed(variables, place)
        .forEach((sums, i) =>
          sums.forEach((sum, j) => variables[i]![j]!.assign(mul(sum, 1 / this.#replicas.size) as never)),
        );
    }
  }
}

/**
 * Loss and correct predictions on a batch that replicas share, with each one's model as at test time; behind them the sums of the
 * votes.
 */
export function replicatedEvaluation(
  models: readonly LayersModel[],
  loss: Loss,
  replicas: ReplicaSet,
  batch: Batch,
  votes?: Tensor1D,
): BatchSums {
  const parts = replicas.parts(batch);
  const sums = parts.map(({ part }, i) => evaluationStep(models[i]!, loss, part));
  return replicas.total(
    sums,
    parts.map(({ replica }) => replica),
    votes,
  )[0]!;
}

interface Bucket {
  /** Of the device among a replica's. */
  readonly place: number;
  /** The tensors' numbers. */
  readonly members: number[];
}

/** Tensors from the last to the first, as gradients are ready, so many together as fit. */
function bucketsOf(tensors: readonly { readonly place: number; readonly size: number }[]): Bucket[] {
  const buckets: Bucket[] = [];
  const open = new Map<number, { readonly bucket: Bucket; bytes: number }>();
  for (const [i, { place, size }] of [...tensors.entries()].reverse()) {
    let current = open.get(place);
    if (!current || current.bytes + 4 * size > BUCKET_BYTES) {
      current = { bucket: { place, members: [] }, bytes: 0 };
      open.set(place, current);
      buckets.push(current.bucket);
    }
    current.bucket.members.push(i);
    current.bytes += 4 * size;
  }
  return buckets;
}
