import { type By, check, checkBy, checkCount, schedule, type Schedule, toSchedule } from './schedule.js';

export interface WarmupOptions {
  /** How many epochs or steps it takes. */
  readonly length: number;
  /** Share of the schedule's rate to begin with, 0..1. Default 0.1. */
  readonly startFactor?: number;
  /** What `length` counts. Default `step`. */
  readonly by?: By;
}

/**
 * Another schedule, its rate scaled by a factor that rises linearly to 1 in the beginning (Goyal et al., "Accurate,
 * large minibatch SGD", 2017, section 2.2), as PyTorch's LinearLR chained with it. The schedule itself counts from
 * the run's first step, not from the warm-up's end.
 */
export function warmup(
  after: number | Schedule,
  { length, startFactor = 0.1, by = 'step' }: WarmupOptions,
): Schedule {
  const main = toSchedule(after);
  checkCount(length, 'warmup: length');
  check(startFactor, startFactor >= 0 && startFactor <= 1, 'warmup: startFactor', 'a number, 0 to 1');
  checkBy(by, 'warmup');
  const factor = (done: number) => startFactor + (1 - startFactor) * Math.min(1, done / length);
  const config = { schedule: 'warmup', after: main.config, length, startFactor, by };
  return schedule((progress) => main(progress) * factor(progress[by]), config);
}
