import { existsSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerAddress } from './address.js';
import { MlflowClient } from './client.js';
import { Delivery } from './delivery.js';
import { Journal, journalFile, parseLine } from './journal.js';
import { lockFolder } from './lock.js';

/** Bytes at the end of a journal that are read to see how it ends; read as often as it takes. */
const block = 64 * 1024;

/** The names of all recorded runs, oldest first within an experiment. */
export async function runNames(directory: string): Promise<string[]> {
  try {
    const names = (await readdir(join(directory, 'runs'))).sort();
    return names.filter((name) => existsSync(journalFile(join(directory, 'runs', name))));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

interface Held {
  readonly folder: string;
  readonly unlock: () => Promise<void>;
}

/**
 * Runs whose processes are gone without a word, by Ctrl-C or a crash. They get the end that was not written, KILLED,
 * at the time of their last word; a server that is there gets to know of it. Each is let go as soon as that is done, for one of
 * them may be gone on with next.
 */
export class StaleRuns {
  readonly #stop = new AbortController();
  readonly #sending: Promise<void>;

  private constructor(held: readonly Held[], address: ServerAddress | undefined) {
    this.#sending = address ? this.#send(held, address) : Promise.resolve();
  }

  /**
   * Ends those of a directory, and sends them in the background, silently. What cannot be read or written is left to `sync`, which
   * says so.
   */
  static async close(directory: string, address: ServerAddress | undefined): Promise<StaleRuns> {
    const held: Held[] = [];
    for (const name of await runNames(directory)) {
      const folder = join(directory, 'runs', name);
      if ((await journalEnd(folder).catch(() => undefined))?.ended !== false) continue;
      const unlock = await lockFolder(folder).catch(() => undefined);
      if (!unlock) continue;
      const ended = await recordKilled(folder).catch(() => false);
      if (ended && address) held.push({ folder, unlock });
      else await unlock();
    }
    return new StaleRuns(held, address);
  }

  async #send(held: readonly Held[], address: ServerAddress): Promise<void> {
    const client = new MlflowClient(address, { signal: this.#stop.signal });
    for (const { folder, unlock } of held) {
      try {
        const delivery = await Delivery.open(folder, client, () => {});
        if (!this.#stop.signal.aborted) await delivery.send();
      } catch {
        // `sync` sends it, or says why not.
      } finally {
        await unlock();
      }
    }
  }

  /** Ends the sending, if it still goes on. */
  async release(): Promise<void> {
    this.#stop.abort();
    await this.#sending;
  }
}

/**
 * Adds the end that a run's process could not write. To be called by who holds the folder's lock.
 * @returns whether it had none
 */
export async function recordKilled(folder: string): Promise<boolean> {
  const end = await journalEnd(folder);
  if (!end || end.ended) return false;
  const journal = await Journal.continue(folder, end.offset);
  try {
    const end_time = Math.floor(end.time);
    await journal.append({ endpoint: 'runs/update', body: { status: 'KILLED', end_time } });
  } finally {
    await journal.close();
  }
  return true;
}

interface JournalEnd {
  /** Whether the last whole line says that the run ended. */
  readonly ended: boolean;
  /** Where that line ends. */
  readonly offset: number;
  /** When the journal was written to last, in milliseconds since 1970. */
  readonly time: number;
}

/** How a journal ends; `undefined` where it has no whole line. Reads its last lines only. */
async function journalEnd(folder: string): Promise<JournalEnd | undefined> {
  const file = await open(journalFile(folder));
  try {
    const { size, mtimeMs } = await file.stat();
    for (let length = Math.min(block, size); length > 0; length = Math.min(length * 2, size)) {
      const { buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
      const last = buffer.lastIndexOf('\n');
      const before = last > 0 ? buffer.lastIndexOf('\n', last - 1) : -1;
      if (last >= 0 && (before >= 0 || length === size)) {
        const request = parseLine(buffer.toString('utf8', before + 1, last));
        const ended = request?.endpoint === 'runs/update' && request.body.end_time !== undefined;
        return { ended, offset: size - length + last + 1, time: mtimeMs };
      }
      if (length === size) return undefined;
    }
    return undefined;
  } finally {
    await file.close();
  }
}
