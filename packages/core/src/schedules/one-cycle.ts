import { check, checkCount, checkRate, length, schedule, type Schedule } from './schedule.js';

export interface OneCycleOptions {
  /** Steps in the cycle. Default: the whole run. */
  readonly totalSteps?: number;
  /** Share of the cycle in which the rate rises. Default 0.3. */
  readonly pctStart?: number;
  /** The first rate is the largest divided by it. Default 25. */
  readonly divFactor?: number;
  /** The last rate is the first divided by it. Default 1e4. */
  readonly finalDivFactor?: number;
}

/**
 * Up to the largest rate and down to nearly nothing, along half a cosine each way (Smith and Topin,
 * "Super-convergence", 2017), as PyTorch's OneCycleLR with two phases. The momentum is not cycled.
 */
export function oneCycle(largest: number, options: OneCycleOptions = {}): Schedule {
  const { totalSteps, pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4 } = options;
  checkRate(largest, 'oneCycle');
  checkCount(totalSteps, 'oneCycle: totalSteps');
  check(pctStart, pctStart > 0 && pctStart < 1, 'oneCycle: pctStart', 'a number between 0 and 1');
  check(divFactor, divFactor >= 1, 'oneCycle: divFactor', 'a number, 1 or more');
  check(finalDivFactor, finalDivFactor >= 1, 'oneCycle: finalDivFactor', 'a number, 1 or more');
  const first = largest / divFactor;
  const last = first / finalDivFactor;
  const config = { schedule: 'oneCycle', largest, ...options, pctStart, divFactor, finalDivFactor };
  return schedule((progress) => {
    const steps = totalSteps ?? length(progress, 'step');
    const step = Math.min(progress.step, steps - 1);
    const peak = pctStart * steps - 1;
    return step <= peak
      ? cosine(first, largest, step / peak)
      : cosine(largest, last, (step - peak) / (steps - 1 - peak));
  }, config);
}

/** Between two rates along half a cosine; `part` 0..1. */
const cosine = (from: number, to: number, part: number) =>
  to + ((from - to) * (1 + Math.cos(Math.PI * part))) / 2;
