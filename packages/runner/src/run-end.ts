import type { Worker } from '@paperlab/core';
import type { RunLimits } from './limits.js';

/**
 * Decides when a run ends before its last step. Workers all end after the same one: each tells the others with every step what
 * would end it, its votes, and what ends one of them ends all.
 */
export class RunEnd {
  readonly #limits: RunLimits;
  readonly #signal: AbortSignal | undefined;
  readonly #worker: Worker | undefined;
  /** Sums of the votes of all workers: whether their time is over, and whether each was interrupted. */
  #votes: ArrayLike<number> = [];

  constructor(limits: RunLimits, signal: AbortSignal | undefined, worker: Worker | undefined) {
    this.#limits = limits;
    this.#signal = signal;
    this.#worker = worker;
  }

  /** What this process says; without other workers, nothing. */
  readonly votes = (): readonly number[] => {
    if (!this.#worker) return [];
    const { index, names } = this.#worker;
    const interrupted = names.map((_, i) => Number(i === index && this.#signal?.aborted === true));
    return [Number(this.#limits.timeIsOver), ...interrupted];
  };

  /** Takes what all said. */
  take(votes: ArrayLike<number>): void {
    this.#votes = votes;
  }

  /** Why the run is to end at once: the signal's reason, or that another worker was interrupted. */
  get interruption(): unknown {
    if (!this.#worker) return this.#signal?.aborted ? this.#signal.reason : undefined;
    const { index, names } = this.#worker;
    const by = names.findIndex((_, i) => this.#votes[1 + i]! > 0);
    if (by < 0) return undefined;
    return this.#votes[1 + index]! > 0
      ? this.#signal!.reason
      : (this.#interrupted ??= new Interrupted(names[by]!));
  }
  #interrupted: Interrupted | undefined;

  /** @throws `interruption`, if there is one */
  throwIfInterrupted(): void {
    const { interruption } = this;
    if (interruption !== undefined) throw interruption;
  }

  /** Optimizer steps that may still be done. */
  stepsLeft(done: number): number {
    const timeIsOver = this.#worker ? this.#votes[0]! > 0 : this.#limits.timeIsOver;
    return timeIsOver ? 0 : this.#limits.stepsLeft(done);
  }
}

/** Another worker was interrupted. */
export class Interrupted extends Error {
  constructor(worker: string) {
    super(`${worker} was interrupted, and all workers end after the same step`);
    this.name = 'Interrupted';
  }
}
