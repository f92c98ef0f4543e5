import { join } from 'node:path';
import { serverAddress } from './address.js';
import { MlflowClient } from './client.js';
import { Delivery } from './delivery.js';
import { MlflowError } from './errors.js';
import { journalFile, readJournal } from './journal.js';
import { lockFolder } from './lock.js';
import { recordKilled, runNames } from './stale-runs.js';

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
 * @throws when no server is known, when it does not answer, or when it lets nobody in; and at the end, when a run could
 * not be sent for a reason of its own
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
  const unsent: string[] = [];
  for (const name of await parentsFirst(directory)) {
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
    } catch (error) {
      // What concerns one run must not keep the others back.
      if (error instanceof MlflowError) throw error;
      unsent.push(`${name}: ${(error as Error).message}`);
    } finally {
      await unlock();
    }
  }
  unsent.slice(1).forEach(report);
  if (unsent[0] !== undefined) throw new Error(unsent[0]);
  return total;
}

/** A part of a run cannot be sent before that run. */
async function parentsFirst(directory: string): Promise<string[]> {
  const names = await runNames(directory);
  const parents = new Map<string, string | undefined>();
  for (const name of names) parents.set(name, await parentOf(join(directory, 'runs', name)));
  const ordered = new Set<string>();
  const add = (name: string, above: readonly string[]) => {
    const parent = parents.get(name);
    if (parent !== undefined && parents.has(parent) && !above.includes(parent)) add(parent, [...above, name]);
    ordered.add(name);
  };
  for (const name of names) add(name, []);
  return [...ordered];
}

async function parentOf(folder: string): Promise<string | undefined> {
  for await (const { request } of readJournal(folder)) {
    if (request?.endpoint === 'runs/create' || request?.endpoint === 'runs/get') return request.body.parent;
  }
  return undefined;
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
    await recordKilled(folder);
    await delivery.send();
  }
  if (delivery.waitsFor !== undefined)
    report(`waits for the run of which it is a part, ${delivery.waitsFor}: send that one first`);
  const { page, refused } = delivery;
  const sent = delivery.position.line - before;
  if (sent > 0 && page) report(`sent, see ${page}`);
  if (refused.length > 0)
    report(
      `MLflow refused ${refused.length} of its requests: lines ${refused.join(', ')} of ${journalFile(folder)}`,
    );
  return { sent, refused: refused.length };
}
