import { z } from 'zod';
import { wholeNumber } from '../model-options.js';
import { parseOptions } from '../options.js';
import { philox, randomKey } from '../random.js';
import type { FiniteRange, Range, SearchValue } from './ranges.js';
import type { Change, Changes } from './study.js';

/** One value of each range. */
export type ValuesOf<Ranges> = {
  readonly [Key in keyof Ranges]: Ranges[Key] extends Range<infer Value> ? Value : never;
};

/**
 * Every combination of the values, as changes for `study`, named `learningRate=0.1,batchSize=32`; the last range varies first.
 * @param change makes a change of a combination
 *
 * @example
 * study(base, grid({ rate: choice([0.1, 0.01]), batchSize: choice([32, 64]) }, ({ rate, batchSize }) =>
 *   ({ optimizer: sgd({ learningRate: rate }), batchSize })))
 */
export function grid<const Ranges extends Readonly<Record<string, FiniteRange>>>(
  ranges: Ranges,
  change: (values: ValuesOf<Ranges>) => Change,
): Changes {
  const combinations = Object.entries(ranges).reduce<Record<string, SearchValue>[]>(
    (sofar, [name, range]) => {
      if (range.count === undefined)
        throw new Error(`grid: ${name} has no end of values; give choice([…]), or search at random`);
      const values = Array.from({ length: range.count }, (_, i) => range.at((i + 0.5) / range.count));
      return sofar.flatMap((values_) => values.map((value) => ({ ...values_, [name]: value })));
    },
    [{}],
  );
  return changesOf(combinations as ValuesOf<Ranges>[], change);
}

export interface RandomSearchOptions {
  /** How many combinations are drawn. */
  readonly trials: number;
  /** The draws are a function of it, and more trials begin with the same ones. Default 0. */
  readonly seed?: number;
}

const schema = z.strictObject({ trials: wholeNumber(1), seed: wholeNumber(0).default(0) });

/**
 * Combinations of values drawn at random, each once, as changes for `study` (Bergstra and Bengio, "Random Search for
 * Hyper-Parameter Optimization", JMLR 2012).
 * @param change makes a change of a combination
 *
 * Throws if there are fewer combinations than trials.
 */
export function randomSearch<const Ranges extends Readonly<Record<string, Range>>>(
  ranges: Ranges,
  options: RandomSearchOptions,
  change: (values: ValuesOf<Ranges>) => Change,
): Changes {
  const { trials, seed } = parseOptions(schema, options, 'randomSearch');
  const all = Object.entries(ranges);
  const count = all.reduce((product, [, range]) => product * (range.count ?? Infinity), 1);
  if (count < trials)
    throw new Error(`trials in randomSearch is ${trials}, and there are ${count} combinations; use grid`);
  const drawn = new Map<string, ValuesOf<Ranges>>();
  for (let trial = 0; drawn.size < trials; trial++) {
    if (trial === ENOUGH * trials)
      throw new Error(`randomSearch found ${drawn.size} combinations, not ${trials}; widen the ranges`);
    const values = all.map(([name, range]) => [name, range.at(unit(trial, seed, name))] as const);
    const combination = Object.fromEntries(values) as ValuesOf<Ranges>;
    const name = nameOf(combination);
    if (!drawn.has(name)) drawn.set(name, combination);
  }
  return changesOf([...drawn.values()], change);
}

/** Draws for each trial, after which what is left is taken for too rare to be found. */
const ENOUGH = 1000;

/** 53 random bits as a number in `[0, 1)`. */
function unit(trial: number, seed: number, name: string): number {
  const [high, low] = philox(trial, randomKey(seed, `search/${name}`)) as [number, number];
  return ((high >>> 5) * 2 ** 26 + (low >>> 6)) / 2 ** 53;
}

function changesOf<Values extends Readonly<Record<string, SearchValue>>>(
  combinations: readonly Values[],
  change: (values: Values) => Change,
): Changes {
  return Object.fromEntries(combinations.map((values) => [nameOf(values), { ...change(values), values }]));
}

/** `learningRate=0.001,batchSize=32` */
const nameOf = (values: Readonly<Record<string, SearchValue>>) =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
