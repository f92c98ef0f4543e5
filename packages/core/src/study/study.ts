import { z } from 'zod';
import { type Monitored, monitored } from '../callbacks/monitor.js';
import { defineExperiment, type Experiment, type ExperimentInput } from '../experiment.js';
import { parseOptions } from '../options.js';
import type { Pruner } from './pruner.js';
import type { SearchValue } from './ranges.js';

/** What a variant has in place of the base's. An empty one is the base itself. */
export interface Change extends Partial<Omit<ExperimentInput, 'name'>> {
  /** What the change was made of, where it comes from a search. Recorded as the params `study.NAME`. */
  readonly values?: Readonly<Record<string, SearchValue>>;
}

/** Changes by the name of their variant. */
export type Changes<Name extends string = string> = Readonly<Record<Name, Change>>;

/** One experiment with one thing changed each: made by `study`, run by the runner's `runStudy`. */
export interface Study<Name extends string = string> {
  /** The base's: all variants bear it, and so are in one experiment of MLflow's. */
  readonly name: string;
  readonly base: Experiment;
  /** In the order in which they were given. */
  readonly variants: Readonly<Record<Name, Experiment>>;
  /** `Change.values`, by variant. */
  readonly values: Readonly<Record<Name, Readonly<Record<string, SearchValue>>>>;
  /** By what the variants are compared, on the valid split. */
  readonly monitor: Monitored;
  readonly pruner?: Pruner;
}

export interface StudyOptions {
  /** What is best on the valid split: the lowest `loss`, or the highest `top1`. Default `loss`. */
  readonly monitor?: Monitored;
  /** Ends variants early that promise little: `medianPruner()`. Default: all are trained to their end. */
  readonly pruner?: Pruner;
}

const schema = z.strictObject({
  monitor: monitored.default('loss'),
  pruner: z
    .custom<Pruner>((value) => typeof Object(value).prune === 'function', 'a pruner, such as medianPruner()')
    .optional(),
});

/** Names are those of folders and of runs: `max-pool`, `learningRate=0.001,batchSize=32`. */
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.,=+-]{0,99}$/u;

/**
 * The same experiment with one thing changed each. The base is a variant where it is given: `{ base: {} }`.
 *
 * @example
 * export default study(base, { base: {}, relu: { model: lenet5({ activation: 'relu' }) }, sgd: { optimizer: sgd({ learningRate: 0.01 }) } });
 *
 * Throws an error of one line for each problem, naming the variant.
 */
export function study<Name extends string>(
  base: ExperimentInput,
  changes: Changes<Name>,
  options: StudyOptions = {},
): Study<Name> {
  const checked = defineExperiment(base);
  const { name } = checked;
  const { monitor, pruner } = parseOptions(schema, options, `study "${name}"`);
  const given = Object.entries<Change>(changes);
  if (given.length === 0) throw new Error(`study "${name}" has no variants; give it some: { base: {}, … }`);
  const problems: string[] = [];
  const variants = given.flatMap(([variant, { values: _, ...change }]) => {
    try {
      return [[variant, variantOf(checked, variant, change)] as const];
    } catch (error) {
      for (const line of (error as Error).message.split('\n')) problems.push(`variant "${variant}": ${line}`);
      return [];
    }
  });
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const values = given.map(([variant, { values = {} }]) => [variant, Object.freeze({ ...values })] as const);
  return Object.freeze({
    name,
    base: checked,
    variants: Object.freeze(Object.fromEntries(variants)) as Study<Name>['variants'],
    values: Object.freeze(Object.fromEntries(values)) as Study<Name>['values'],
    monitor,
    ...(pruner && { pruner }),
  });
}

function variantOf(base: Experiment, variant: string, change: Change): Experiment {
  if (!NAME.test(variant))
    throw new Error(
      'its name must be fit for a folder: up to 100 letters, digits, "_", ".", ",", "=", "+" and "-"',
    );
  if ('name' in change) throw new Error(`it has a name of its own; all are recorded as "${base.name}"`);
  return defineExperiment({ ...base, ...change });
}
