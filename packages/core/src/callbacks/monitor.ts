import { z } from 'zod';
import type { EpochResult } from '../metrics.js';

/** What is watched of an epoch, on the valid split: `loss` should fall, `top1` rise. */
export const monitored = z.enum(['loss', 'top1'], '"loss" or "top1"');
export type Monitored = z.infer<typeof monitored>;

/** The watched value, so that lower is better; what is no number is worst. */
export function badness({ valid }: Pick<EpochResult, 'valid'>, monitor: Monitored): number {
  const value = monitor === 'loss' ? valid.loss : -valid.top1;
  return Number.isNaN(value) ? Infinity : value;
}

/** The epoch that is best on the valid split, of equal ones the first; nothing if there is none. */
export function bestEpoch(history: readonly EpochResult[], monitor: Monitored): EpochResult | undefined {
  return history.reduce<EpochResult | undefined>(
    (best, epoch) => (best && badness(best, monitor) <= badness(epoch, monitor) ? best : epoch),
    undefined,
  );
}
