import type { RunDescription } from '@paperlab/core';
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface RecordOptions {
  /** A folder for each run is made in it. */
  readonly directory?: string;
  /** Takes one line when something cannot be written. Default: `console.warn`. */
  readonly report?: (line: string) => void;
}

/** Where a run is recorded. */
export interface RunFolder {
  /** The folder's path in the tracker's directory: `TrackedRun.id`. */
  readonly id: string;
  readonly folder: string;
}

/**
 * The folder of a run: the one that is gone on with, else a new one, in that of the run that it is a part of.
 * `lenet5-mnist-20261128-093012-5f3a21`: sorts by name, then by time (UTC).
 * @throws if it cannot be made
 */
export async function runFolder(run: RunDescription, directory: string): Promise<RunFolder> {
  const id = run.resume ?? join(run.parent ?? '', nameOf(run));
  const folder = join(directory, id);
  await mkdir(folder, { recursive: true }).catch(({ code }: NodeJS.ErrnoException) => {
    throw new Error(`runs cannot be recorded in ${directory} (${code}): give another directory`);
  });
  return { id, folder };
}

function nameOf({ experiment, tags }: RunDescription): string {
  const name = (tags['mlflow.runName'] ?? experiment.name).replace(/[^\p{L}\p{N}_.=-]+/gu, '-');
  const [day, hour] = new Date().toISOString().replace(/[-:]/g, '').slice(0, 15).split('T');
  return `${name}-${day}-${hour}-${randomUUID().slice(0, 6)}`;
}
