import type { Progress } from '../optimizer.js';

/** A learning rate as a function of where training stands. It keeps no state, so that resume needs none. */
export interface Schedule {
  (progress: Progress): number;
  /** The schedule as plain data, for trackers. */
  readonly config: number | Readonly<Record<string, unknown>>;
}

/** What a schedule counts. */
export type By = 'epoch' | 'step';

/** The same learning rate throughout. A plain number means this wherever a schedule is taken. */
export function constant(learningRate: number): Schedule {
  return schedule(() => learningRate, checkRate(learningRate, 'constant'));
}

/** A schedule from what an optimizer is given. */
export function toSchedule(learningRate: number | Schedule): Schedule {
  return typeof learningRate === 'number' ? constant(learningRate) : learningRate;
}

/** Makes a schedule of a function and its description. */
export function schedule(rate: (progress: Progress) => number, config: Schedule['config']): Schedule {
  return Object.assign((progress: Progress) => rate(progress), { config });
}

/** Epochs or steps in the whole run. */
export const length = ({ epochs, stepsPerEpoch }: Progress, by: By) =>
  by === 'epoch' ? epochs : epochs * stepsPerEpoch;

/** @throws unless it is a number, 0 or more */
export function checkRate(rate: number, where: string): number {
  return check(rate, rate >= 0, `${where}: the learning rate`, 'a number, 0 or more');
}

/** @throws unless `valid` holds of a finite number */
export function check(value: number, valid: boolean, what: string, expected: string): number {
  if (Number.isFinite(value) && valid) return value;
  throw new Error(`${what} is ${String(value)}; it must be ${expected}`);
}

/** @throws unless it is a whole number from `minimum` on, or left out */
export function checkCount(value: number | undefined, what: string, minimum = 1): void {
  if (value === undefined) return;
  check(value, Number.isInteger(value) && value >= minimum, what, `a whole number, ${minimum} or more`);
}

/** @throws unless it is `epoch` or `step` */
export function checkBy(by: By, where: string): By {
  if (by === 'epoch' || by === 'step') return by;
  throw new Error(`${where}: by is ${JSON.stringify(by)}; it must be "epoch" or "step"`);
}
