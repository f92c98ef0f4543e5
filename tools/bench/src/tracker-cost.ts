/**
 * What MLflow's tracker costs while it records everything that it does by default: seconds of an epoch with it and without, in runs
 * that take turns. At most 1 % more with its local file, 3 % more with a server on the same cores.
 *
 *   npm run tracker-cost -w tools/bench -- lenet5-mnist [--server yes] [--pairs 20] [--epochs 2] [--batches 600] [--machine NAME]
 */
import { mlflow, startServer } from '@paperlab/mlflow';
import getPort from 'get-port';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandLine } from './command-line.js';
import { measureEpochCost } from './epoch-cost.js';
import { experimentNamed } from './experiments.js';

/** Batches that the validation after an epoch has. */
const VALID_BATCHES = 50;

try {
  const { name, counts, choices, machine } = commandLine(
    process.argv.slice(2),
    { pairs: 20, epochs: 2, batches: 600 },
    { server: ['no', 'yes'] },
  );
  await measure(name, counts, choices.server === 'yes', machine);
} catch (error) {
  console.error(`tracker-cost: ${(error as Error).message}`);
  process.exitCode = 1;
}

async function measure(
  name: string,
  { pairs, epochs, batches }: { readonly pairs: number; readonly epochs: number; readonly batches: number },
  withServer: boolean,
  machine: string | undefined,
): Promise<void> {
  const experiment = experimentNamed(name);
  const folder = await mkdtemp(join(tmpdir(), 'paperlab-tracker-cost-'));
  const server = withServer
    ? await startServer({ directory: join(folder, 'server'), port: await getPort(), report: console.error })
    : undefined;
  try {
    const tracker = {
      name: 'mlflow',
      value: server ? 'a server' : 'a file',
      most: server ? 1.03 : 1.01,
      async options() {
        const directory = await mkdtemp(join(folder, 'run-'));
        const trackers = [mlflow({ directory, uri: server?.uri, report: console.error })];
        return { options: { trackers }, dispose: () => rm(directory, { recursive: true }) };
      },
    };
    const limits = { limitTrainBatches: batches, limitValidBatches: VALID_BATCHES };
    await measureEpochCost('tracker-cost', experiment, tracker, { pairs, epochs, machine, limits });
  } finally {
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  }
}
