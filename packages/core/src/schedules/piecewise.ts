import type { Progress } from '../optimizer.js';
import { type By, checkBy, checkRate, schedule, type Schedule } from './schedule.js';

/**
 * A learning rate that changes at given epochs or steps, counted from 0, and holds in between.
 * @param rates learning rate from each point on: `{ 0: 5e-4, 2: 2e-4 }` changes when 2 epochs are done
 * @param options.by what the points count; default `epoch`
 *
 * Throws unless there is a rate from 0 on and every point is a whole number.
 */
export function piecewise(
  rates: Readonly<Record<number, number>>,
  { by = 'epoch' }: { readonly by?: By } = {},
): Schedule {
  checkBy(by, 'piecewise');
  const points = Object.keys(rates)
    .map((key) => checkPoint(key, by))
    .sort((a, b) => a - b);
  for (const point of points) checkRate(rates[point]!, `piecewise, from ${by} ${point} on`);
  if (points[0] !== 0) throw new Error(`piecewise: there is no learning rate from ${by} 0 on; add { 0: … }`);
  const rate = (progress: Progress) => rates[points.findLast((point) => point <= progress[by])!]!;
  return schedule(rate, { schedule: 'piecewise', by, rates: { ...rates } });
}

function checkPoint(key: string, by: string): number {
  if (/^\d+$/.test(key)) return Number(key);
  throw new Error(`piecewise: ${JSON.stringify(key)} is no ${by}; it must be a whole number, 0 or more`);
}
