/**
 * What a checkpoint after every epoch costs: seconds of an epoch with checkpoints and without, in runs that take turns.
 * At most 1 % more.
 *
 *   npm run checkpoint-cost -w tools/bench -- lenet5-mnist [--pairs 5] [--epochs 4] [--machine NAME]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandLine } from './command-line.js';
import { measureEpochCost } from './epoch-cost.js';
import { experimentNamed } from './experiments.js';

try {
  const { name, counts, machine } = commandLine(process.argv.slice(2), { pairs: 5, epochs: 4 });
  const checkpoints = { name: 'checkpoints', value: 'each epoch', most: 1.01, options };
  await measureEpochCost('checkpoint-cost', experimentNamed(name), checkpoints, { ...counts, machine });
} catch (error) {
  console.error(`checkpoint-cost: ${(error as Error).message}`);
  process.exitCode = 1;
}

async function options() {
  const checkpoints = await mkdtemp(join(tmpdir(), 'paperlab-checkpoint-cost-'));
  return { options: { checkpoints }, dispose: () => rm(checkpoints, { recursive: true }) };
}
