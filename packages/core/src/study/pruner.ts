import type { Monitored } from '../callbacks/monitor.js';
import type { EpochResult } from '../metrics.js';

/** Decides at an epoch's end whether a variant of a study is trained on. */
export interface Pruner {
  readonly name: string;
  /** The options that it was made with, as plain data. */
  readonly config?: Readonly<Record<string, unknown>>;
  /**
   * @param history  the variant's epochs so far, one or more
   * @param finished all epochs of the variants that were trained to their end
   * @returns why the variant ends here, in one line; nothing if it goes on
   */
  prune(
    history: readonly EpochResult[],
    finished: readonly (readonly EpochResult[])[],
    monitor: Monitored,
  ): string | undefined;
}
