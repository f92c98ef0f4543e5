/**
 * Times a training step of ours and of its peers in turn, on one batch that lies in memory, and says what share of the
 * machine's rate of matrix products it reaches. Adds what it found to `results/<machine>-<date>-steps.csv`.
 *
 *   npm run steps -w tools/bench -- resnet50 [--batch 8] [--precision bfloat16] [--pairs 5] [--steps N] [--machine NAME]
 */
import { type Command, ourCommand, peerCommand } from './commands.js';
import { commandLine } from './command-line.js';
import { contest } from './contest.js';
import { thisMachine } from './machine.js';
import { publish } from './results.js';
import { median } from './statistics.js';
import { missed } from './step-limits.js';
import {
  describe,
  figures,
  MATMUL,
  OURS,
  rows,
  sameSteps,
  type StepFigures,
  stepRound,
  table,
} from './step-report.js';
import { stepFlops, type StepWork, workOf } from './step-work.js';

/** Rows and columns of the matrices whose product is the machine's rate, and products in a round. */
const MATRIX = 3072;
const PRODUCTS = 16;
/** How PyTorch is set up: see peers/steps_pytorch.py. */
const PYTORCH = ['default', 'channels-last', 'compile', 'compile-channels-last'];
const PRECISIONS = ['float32', 'bfloat16'] as const;

try {
  const { name, counts, choices, machine } = commandLine(
    process.argv.slice(2),
    { pairs: 5, batch: undefined, steps: undefined },
    { precision: PRECISIONS },
  );
  const work = workOf(name, choices.precision, counts.batch, counts.steps);
  await measure(work, counts.pairs, machine);
} catch (error) {
  console.error(`steps: ${(error as Error).message}`);
  process.exitCode = 1;
}

async function measure(work: StepWork, pairs: number, machine: string | undefined): Promise<void> {
  const { network, batch, precision } = work;
  const run = { date: new Date(), machine: await thisMachine(machine) };
  const measured = await contest(await contenders(work), {
    pairs,
    round: stepRound,
    check: sameSteps,
    describe,
    report: console.error,
  });
  const found = figures(measured, stepFlops(network, batch), 2 * MATRIX ** 3);
  const title = `A training step of ${network}, batch ${batch}, ${precision}; medians of ${pairs} pairs of ${work.steps} steps`;
  await publish(run, { title, table: table(found), rows: rows(work, found) }, 'steps');
  const problem = missed(work, ours(found));
  if (problem !== undefined) throw new Error(problem);
}

async function contenders(work: StepWork): Promise<Record<string, Command>> {
  const json = JSON.stringify(work);
  const commands: Record<string, Command> = {
    [OURS]: ourCommand('our-steps.ts', json),
  };
  for (const together of new Set([1, work.stepsPerCall])) {
    const command = await peerCommand('keras', 'steps_keras.py', [json, `${together}`], console.error);
    commands[together === 1 ? 'keras' : `keras ${together} steps a call`] = command;
  }
  for (const setting of PYTORCH) {
    const command = await peerCommand('pytorch', 'steps_pytorch.py', [json, setting], console.error);
    commands[`pytorch ${setting}`] = command;
  }
  return { ...commands, [MATMUL]: ourCommand('our-matmul.ts', `${PRODUCTS}`, `${MATRIX}`) };
}

function ours(found: readonly StepFigures[]): { ratio: number; share: number } {
  const { ratios, shares } = found.find(({ contender }) => contender === OURS)!;
  return { ratio: median(ratios), share: median(shares) };
}
