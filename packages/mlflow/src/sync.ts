import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { serverAddress } from './address.js';
import { MlflowClient } from './client.js';
import { Delivery } from './delivery.js';
import { Journal, journalFile, lockFolder } from './journal.js';

export interface SyncOptions {
  /** Where `mlflow()` recorded: the runs are in `<directory>/runs`. Default: `.paperlab`. */
  readonly directory?: string;
  /** Address of the MLflow server. Default: `MLFLOW_TRACKING_URI`. */
  readonly uri?: string;
  /** Takes one line per run that was sent, skipped or refused. Default: `console.log`. */
  readonly report?: (line: string) => void;
}

export interface SyncResult {
  /** Requests sent now. */
  readonly sent: number;
  /** Requests that the server refused, now or before. */
  readonly refused: number;
  /** Runs that are being recorded by another process, and were skipped. */
  readonly live: number;
}

/**
 * Sends runs that were recorded on disk, as far as the server does not have them. May be run again at any time:
 * nothing is stored twice. A run whose process is gone without a word is recorded as KILLED.
 * @throws when no server is known, when it does not answer, or when it lets nobody in
 */
export async function sync(options: SyncOptions = {}): Promise<SyncResult> {
  const address = serverAddress(options.uri);
  if (!address) throw new Error('no MLflow server to send to: set MLFLOW_TRACKING_URI to its address');
  const { directory = '.paperlab', report = console.log } = options;
  return syncRuns(directory, new MlflowClient(address), report);
}

/** `sync` to a given server. */
export async function syncRuns(
  directory: string,
  client: MlflowClient,
  report: (line: string) => void,
): Promise<SyncResult> {
  const total = { sent: 0, refused: 0, live: 0 };
  for (const name of await runNames(directory)) {
    const folder = join(directory, 'runs', name);
    const unlock = await lockFolder(folder);
    if (!unlock) {
      total.live += 1;
      report(
        `${name}: skipped, it is still being recorded (or its process, on another machine, ended less than ten seconds ago)`,
      );
      continue;
    }
    try {
      const { sent, refused } = await sendRun(folder, client, (line) => report(`${name}: ${line}`));
      total.sent += sent;
      total.refused += refused;
    } finally {
      await unlock();
    }
  }
  return total;
}

async function sendRun(folder: string, client: MlflowClient, report: (line: string) => void) {
  const delivery = await Delivery.open(folder, client, report);
  await delivery.verify();
  const before = delivery.position.line;
  await delivery.send();
  if (delivery.deleted) {
    report('skipped, it was deleted on the server');
    return { sent: 0, refused: 0 };
  }
  if (delivery.page && !delivery.ended) {
    await recordKilled(folder, delivery.position.offset);
    await delivery.send();
  }
  const { page, refused } = delivery;
  const sent = delivery.position.line - before;
  if (sent > 0 && page) report(`sent, see ${page}`);
  if (refused.length > 0)
    report(
      `MLflow refused ${refused.length} of its requests: lines ${refused.join(', ')} of ${journalFile(folder)}`,
    );
  return { sent, refused: refused.length };
}

/** Adds the end that the run's process could not write. */
async function recordKilled(folder: string, offset: number): Promise<void> {
  const { mtimeMs } = await stat(journalFile(folder));
  const journal = await Journal.continue(folder, offset);
  try {
    await journal.append({
      endpoint: 'runs/update',
      body: { status: 'KILLED', end_time: Math.floor(mtimeMs) },
    });
  } finally {
    await journal.close();
  }
}

/** Oldest first within an experiment. */
async function runNames(directory: string): Promise<string[]> {
  try {
    const names = (await readdir(join(directory, 'runs'))).sort();
    return names.filter((name) => existsSync(journalFile(join(directory, 'runs', name))));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
