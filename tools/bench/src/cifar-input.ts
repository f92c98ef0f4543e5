/**
 * What it costs to prepare images for CIFAR-10: crop with padding, flip, normalise, batches of 128, in a new order each
 * epoch. Ours beside torchvision's, in turn: images per second of CPU time, of which ours must be at least five times as
 * many as with any number of its workers.
 *
 *   npm run cifar-input -w tools/bench -- [--pairs 5] [--epochs 1] [--machine NAME]
 */
import { commandLine } from './command-line.js';
import { type Command, ourCommand, peerCommand } from './commands.js';
import { inputContest, rows, table, toFastest } from './input-report.js';
import { thisMachine } from './machine.js';
import { publish } from './results.js';

const PEER = 'cifar_input_torchvision.py';
const WORKERS = [0, 1, 2];
const LEAST_RATIO = 5;

try {
  const { name, counts, machine } = commandLine(process.argv.slice(2), { pairs: 5, epochs: 1 });
  if (name !== '') throw new Error(`it takes no name: leave out "${name}"`);
  await measure(counts.pairs, counts.epochs, machine);
} catch (error) {
  console.error(`cifar-input: ${(error as Error).message}`);
  process.exitCode = 1;
}

async function measure(pairs: number, epochs: number, machine: string | undefined): Promise<void> {
  const run = { date: new Date(), machine: await thisMachine(machine) };
  const programs: Record<string, Command> = { ours: ourCommand('our-input.ts', `${epochs}`) };
  for (const workers of WORKERS) {
    const args = [`${epochs}`, `${workers}`];
    programs[`torchvision num_workers=${workers}`] = await peerCommand('pytorch', PEER, args, console.error);
  }
  const measured = await inputContest(programs, pairs);
  const title = `Images of 32×32×3: crop with padding 4, flip, normalise, batches of 128\nmedians of ${pairs} pairs`;
  await publish(run, { title, table: table(measured), rows: rows(measured) }, 'cifar-input');
  const ratio = toFastest(measured);
  if (ratio < LEAST_RATIO)
    throw new Error(
      `ours prepares ${ratio.toFixed(2)} times as many images a CPU second, not ${LEAST_RATIO}`,
    );
}
