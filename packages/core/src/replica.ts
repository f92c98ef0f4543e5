import type { Tensor } from '@tensorflow/tfjs-core';

/** One of several copies of a network that compute a step together, each on its part of the batch. */
export interface Replica {
  /** Its examples, of those of the whole batch. */
  readonly from: number;
  readonly count: number;
  readonly of: number;
  /** How much its mean loss counts in that of the whole batch, 0..1. */
  readonly share: number;
  /** Sums a tensor over all replicas. Absent: batch normalisation takes the statistics of each replica's own part. */
  readonly sum?: (x: Tensor) => Tensor;
}

let current: Replica | undefined;

/** Runs `fn` as a replica: its layers draw what is theirs of the whole batch's draws, and may normalise over all. */
export function withReplica<Result>(replica: Replica | undefined, fn: () => Result): Result {
  const former = current;
  current = replica;
  try {
    return fn();
  } finally {
    current = former;
  }
}

/** The replica that is computing, if there are several. */
export const currentReplica = (): Replica | undefined => current;

/** How much a replica's sums count in those of the whole batch: less than 1 where all replicas take the same few examples. */
export const weightOf = ({ share, of, count }: Replica): number => (share * of) / count;

/**
 * The parts of a batch: as equal as can be, the first ones larger. Where there are fewer examples than replicas, each takes all
 * of them, and counts the less.
 */
export function partsOf(examples: number, replicas: number): Omit<Replica, 'sum'>[] {
  if (examples < replicas)
    return Array.from({ length: replicas }, () => ({
      from: 0,
      count: examples,
      of: examples,
      share: 1 / replicas,
    }));
  return Array.from({ length: replicas }, (_, i) => {
    const [from, end] = [i, i + 1].map((at) => Math.ceil((at * examples) / replicas)) as [number, number];
    return { from, count: end - from, of: examples, share: (end - from) / examples };
  });
}
