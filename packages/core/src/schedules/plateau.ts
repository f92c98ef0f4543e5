import type { Metrics } from '../metrics.js';
import { check, checkCount, checkRate, schedule, type Schedule } from './schedule.js';

export interface PlateauOptions {
  /** What must get better on the valid split: `loss` lower, `top1` higher. Default `loss`. */
  readonly metric?: 'loss' | 'top1';
  /** The rate is multiplied by it. Default 0.1. */
  readonly factor?: number;
  /** Epochs without improvement that are waited for before that. Default 10. */
  readonly patience?: number;
  /** What counts as better: by more than this share of the best. Default 1e-4. */
  readonly threshold?: number;
  /** Epochs after a change in which nothing is counted. Default 0. */
  readonly cooldown?: number;
  /** The rate does not fall below it. Default 0. */
  readonly minimum?: number;
}

/** A smaller change of the rate is not made (PyTorch's `eps`). */
const SMALLEST_CHANGE = 1e-8;

/**
 * Lower when the valid metric stops getting better, as PyTorch's ReduceLROnPlateau with a relative threshold. It is
 * worked out anew from the epochs so far, so that a resumed run has the same rate.
 */
export function reduceOnPlateau(learningRate: number, options: PlateauOptions = {}): Schedule {
  const {
    metric = 'loss',
    factor = 0.1,
    patience = 10,
    threshold = 1e-4,
    cooldown = 0,
    minimum = 0,
  } = options;
  checkRate(learningRate, 'reduceOnPlateau');
  checkRate(minimum, 'reduceOnPlateau, at its end');
  if (metric !== 'loss' && metric !== 'top1')
    throw new Error(`reduceOnPlateau: metric is ${JSON.stringify(metric)}; it must be "loss" or "top1"`);
  check(factor, factor > 0 && factor < 1, 'reduceOnPlateau: factor', 'a number between 0 and 1');
  check(threshold, threshold >= 0, 'reduceOnPlateau: threshold', 'a number, 0 or more');
  checkCount(patience, 'reduceOnPlateau: patience', 0);
  checkCount(cooldown, 'reduceOnPlateau: cooldown', 0);

  const better = (value: number, best: number) =>
    metric === 'loss' ? value < best * (1 - threshold) : value > best * (1 + threshold);
  const rateAfter = (history: readonly Metrics[]) => {
    let rate = learningRate;
    let best = metric === 'loss' ? Infinity : -Infinity;
    let waited = 0;
    let cooling = 0;
    for (const { [metric]: value } of history) {
      if (better(value, best)) {
        best = value;
        waited = 0;
      } else waited++;
      if (cooling > 0) {
        cooling--;
        waited = 0;
      }
      if (waited > patience) {
        const lower = Math.max(rate * factor, minimum);
        if (rate - lower > SMALLEST_CHANGE) rate = lower;
        cooling = cooldown;
        waited = 0;
      }
    }
    return rate;
  };
  const config = {
    schedule: 'reduceOnPlateau',
    learningRate,
    metric,
    factor,
    patience,
    threshold,
    cooldown,
    minimum,
  };
  return schedule(({ history }) => rateAfter(history), config);
}
