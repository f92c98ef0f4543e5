import type { Tensor } from '@tensorflow/tfjs-core';

/** Some of a batch's examples. A type, not an interface: tfjs disposes batches as containers of anything that has any key. */
export type Part = {
  /** The first one's place in the whole batch. */
  readonly from: number;
  readonly count: number;
  /** Examples of the whole batch. */
  readonly of: number;
  /** How much the mean over the part counts in that over the whole batch, 0..1. */
  readonly share: number;
};

/** One of several copies of a network that compute a step together, each on its part of the batch. */
export interface Replica extends Part {
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

/** How much a part's sums count in those of the whole batch: less than 1 where several take the same example. */
export const weightOf = ({ share, of, count }: Part): number => (share * of) / count;

/**
 * The parts of a batch: as equal as can be, the first ones larger, so that no part of a smaller batch is larger. Where there are
 * fewer examples than replicas, each takes one of them, and those that take the same one share its weight.
 */
export function partsOf(examples: number, replicas: number): Part[] {
  const firstOf = (example: number) => Math.ceil((example * replicas) / examples);
  if (examples < replicas)
    return Array.from({ length: replicas }, (_, i) => {
      const from = Math.floor((i * examples) / replicas);
      const alike = firstOf(from + 1) - firstOf(from);
      return { from, count: 1, of: examples, share: 1 / (examples * alike) };
    });
  const least = Math.floor(examples / replicas);
  const larger = examples % replicas;
  return Array.from({ length: replicas }, (_, i) => {
    const count = least + (i < larger ? 1 : 0);
    return { from: i * least + Math.min(i, larger), count, of: examples, share: count / examples };
  });
}

/** The parts of a part, which is those examples of the whole batch that lie here. */
export function partsWithin(part: Part, replicas: number): Part[] {
  return partsOf(part.count, replicas).map(({ from, count, share }) => ({
    from: part.from + from,
    count,
    of: part.of,
    share: part.share * share,
  }));
}
