import type { Experiment } from '@paperlab/core';
import { train, type TrainOptions } from '@paperlab/runner';
import { thisMachine } from './machine.js';
import { markdown } from './markdown.js';
import { publish } from './results.js';
import { median, span } from './statistics.js';

/** What one run of each pair has and the other has not. */
export interface Extra {
  /** `checkpoints` */
  readonly name: string;
  /** What the results say of a run that has it: `each epoch`. */
  readonly value: string;
  /** Of an epoch's time with it to that without, at most. */
  readonly most: number;
  /** Made anew for each run, and disposed after it. */
  options(): Promise<{ readonly options: TrainOptions; dispose(): Promise<void> }>;
}

export interface EpochCostOptions {
  readonly pairs: number;
  /** Of each run, after one to warm up. */
  readonly epochs: number;
  readonly machine: string | undefined;
  /** Of both runs of a pair. Default: none. */
  readonly limits?: TrainOptions['limits'];
}

/** One run of a pair. */
interface Timed {
  readonly pair: number;
  readonly extra: boolean;
  /** Of each epoch but the first. */
  readonly seconds: readonly number[];
}

/**
 * Seconds of an epoch with something and without, in runs that take turns, as a table and in the results.
 * @param program names the results
 * @throws if it costs more than it may
 */
export async function measureEpochCost(
  program: string,
  experiment: Experiment,
  extra: Extra,
  { pairs, epochs, machine, limits }: EpochCostOptions,
): Promise<void> {
  const { name, value, most } = extra;
  const run = { date: new Date(), machine: await thisMachine(machine) };
  const runs: Timed[] = [];
  for (let pair = 1; pair <= pairs; pair++) {
    // Who goes first takes turns too.
    for (const has of pair % 2 === 1 ? [false, true] : [true, false]) {
      const given = has ? await extra.options() : undefined;
      const longer = { ...experiment, epochs: epochs + 1 };
      const seconds = await epochSeconds(longer, { limits, ...given?.options });
      await given?.dispose();
      runs.push({ pair, extra: has, seconds });
      const each = seconds.map((value) => value.toFixed(3)).join(', ');
      console.error(`pair ${pair}  ${has ? 'with' : 'without'} ${name}: ${each} s`);
    }
  }
  const medians = (has: boolean) =>
    runs.filter((timed) => timed.extra === has).map(({ seconds }) => median(seconds));
  const [without, with_] = [medians(false), medians(true)];
  const ratios = with_.map((seconds, i) => seconds / without[i]!);
  const table = markdown([
    [experiment.name, 's an epoch', 'with / without', 'of the pairs'],
    [`without ${name}`, median(without).toFixed(3), '', ''],
    [`${name}: ${value}`, median(with_).toFixed(3), median(ratios).toFixed(4), span(ratios, 4)],
  ]);
  const rows = runs.flatMap(({ pair, extra: has, seconds }) =>
    seconds.map((value_, i) => ({
      experiment: experiment.name,
      pair,
      [name]: has ? value : 'none',
      epoch: i + 2,
      seconds: value_.toFixed(4),
    })),
  );
  const title = `Epochs with and without ${name}; medians of ${pairs} pairs of runs of ${epochs} epochs`;
  await publish(run, { title, table, rows }, program);
  if (median(ratios) > most)
    throw new Error(`an epoch with ${name} (${value}) takes over ${most} times as long`);
}

/**
 * Seconds from the end of an epoch to the end of the next one: training, validation, and what happens beside them and
 * between them.
 */
async function epochSeconds(experiment: Experiment, options: TrainOptions): Promise<number[]> {
  const ends: number[] = [];
  for await (const _ of train(experiment, { ...options, report: console.error }))
    ends.push(performance.now());
  return ends.slice(1).map((end, i) => (end - ends[i]!) / 1000);
}
