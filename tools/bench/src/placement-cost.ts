/**
 * What a placement costs on the same cores at the same batch: the time of a step on two logical devices, or in two processes, to
 * that on one device, in turn. Adds what it found to `results/<machine>-<date>-placement-cost.csv`.
 *
 *   npm run placement-cost -w tools/bench -- resnet50 --placement replicas --batch 32 [--pairs 5] [--steps N] [--machine NAME]
 */
import { ourCommand } from './commands.js';
import { commandLine } from './command-line.js';
import { contest } from './contest.js';
import { thisMachine } from './machine.js';
import { markdown } from './markdown.js';
import { publish } from './results.js';
import { median, span } from './statistics.js';
import { describe, sameSteps, stepRound } from './step-report.js';
import { type PlacedWork, type StepWork, workOf } from './step-work.js';

const PLACEMENTS = ['replicas', 'columns', 'workers'] as const;
const ALONE = 'one device';

/** At most, of the time on one device; by network, batch and placement. */
const limits: Readonly<Record<string, number>> = {
  'resnet50 32 replicas': 1.08,
  'googlenet 32 replicas': 1.08,
  'vgg16 16 replicas': 1.15,
  'alexnet 32 columns': 1.03,
  'resnet50 32 workers': 1.12,
};

try {
  const { name, counts, choices, machine } = commandLine(
    process.argv.slice(2),
    { pairs: 5, batch: undefined, steps: undefined },
    { placement: PLACEMENTS },
  );
  const work = { ...workOf(name, 'float32', counts.batch, counts.steps), stepsPerCall: 1 };
  await measure(work, choices.placement, counts.pairs, machine);
} catch (error) {
  console.error(`placement-cost: ${(error as Error).message}`);
  process.exitCode = 1;
}

async function measure(
  work: StepWork,
  placement: PlacedWork,
  pairs: number,
  machine: string | undefined,
): Promise<void> {
  const { network, batch, steps } = work;
  const run = { date: new Date(), machine: await thisMachine(machine) };
  const command = (what: StepWork) => ourCommand('our-steps.ts', JSON.stringify(what));
  const { turns, versions } = await contest(
    { [ALONE]: command(work), [placement]: command({ ...work, placement }) },
    { pairs, round: stepRound, check: sameSteps, describe, report: console.error },
  );
  const ms = (name: string) =>
    turns.filter(({ contender }) => contender === name).map(({ seconds }) => (1000 * seconds) / steps);
  const ratios = ms(placement).map((value, pair) => value / ms(ALONE)[pair]!);
  const table = markdown([
    [network, 'ms a step', 'to one device', 'of the pairs'],
    [ALONE, median(ms(ALONE)).toFixed(2), '', ''],
    [placement, median(ms(placement)).toFixed(2), median(ratios).toFixed(3), span(ratios, 3)],
  ]);
  const rows = [ALONE, placement].map((contender) => ({
    network,
    batch,
    contender,
    version: versions[contender] ?? '',
    pairs,
    steps,
    median_ms: median(ms(contender)).toFixed(4),
    ratio: contender === placement ? median(ratios).toFixed(4) : '',
    lowest_ratio: contender === placement ? Math.min(...ratios).toFixed(4) : '',
    highest_ratio: contender === placement ? Math.max(...ratios).toFixed(4) : '',
    ms_of_pairs: ms(contender)
      .map((value) => value.toFixed(4))
      .join(' '),
  }));
  const title = `A training step of ${network}, batch ${batch}, by ${placement}; medians of ${pairs} pairs of ${steps} steps`;
  await publish(run, { title, table, rows }, 'placement-cost');
  const most = limits[`${network} ${batch} ${placement}`];
  if (most !== undefined && median(ratios) > most)
    throw new Error(
      `${network}, batch ${batch}, by ${placement} takes ${median(ratios).toFixed(3)} of one device's time, not at most ${most}`,
    );
}
