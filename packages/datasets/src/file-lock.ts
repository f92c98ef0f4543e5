import { basename } from 'node:path';
import pRetry from 'p-retry';
import { lock } from 'proper-lockfile';
import { asStorageError } from './transfer.js';

interface LockContext {
  /** Told, in a line, if another process has to be waited for. */
  readonly report: (line: string) => void;
  readonly signal: AbortSignal;
}

/** A file that other processes keep off. */
interface HeldFile {
  /** Aborts if this process was halted for so long that others took it for dead. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/**
 * Keeps other processes off a file, once those that hold it have released it.
 * @param doing what a process does that holds the file, for the line: `downloads`
 */
export async function lockFile(
  target: string,
  doing: string,
  { report, signal }: LockContext,
): Promise<HeldFile> {
  const lost = new AbortController();
  const name = basename(target);
  const onCompromised = () => lost.abort(new Error(`${name} was taken over by another process; try again`));
  const take = () =>
    lock(target, { realpath: false, onCompromised }).catch((error: Error) => {
      throw asStorageError(error);
    });
  const release = await pRetry(take, {
    signal,
    retries: Infinity,
    factor: 1,
    minTimeout: 200,
    shouldRetry: ({ error }) => (error as NodeJS.ErrnoException).code === 'ELOCKED',
    onFailedAttempt: ({ attemptNumber }) => {
      if (attemptNumber === 1) report(`waiting for another process that ${doing} ${name}`);
    },
  });
  return { lost: lost.signal, release: async () => (lost.signal.aborted ? undefined : release()) };
}
