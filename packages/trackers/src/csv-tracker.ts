import type { RunDescription, RunStatus, TrackedRun, Tracker } from '@paperlab/core';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { appendFile, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RecordOptions, runFolder } from './run-folder.js';
import { WriteQueue } from './write-queue.js';

/**
 * Writes each run's metrics as `<directory>/<run>/metrics.csv`, and its parameters and tags as `run.json` beside it. A row has
 * the values that came together: `step`, `time` (ISO 8601), then a column for each metric, empty where a row has none;
 * `NaN`, `Infinity` and `-Infinity` are written so, as pandas reads them. Default directory: `.paperlab/csv`.
 */
export function csv({ directory = '.paperlab/csv', report = console.warn }: RecordOptions = {}): Tracker {
  return {
    name: 'csv',
    async start(run) {
      const { id, folder } = await runFolder(run, directory);
      const path = join(folder, METRICS);
      const table = run.resume === undefined ? [] : await rowsOf(path);
      return new CsvRun({ id, folder, table, run, queue: new WriteQueue(path, report) });
    },
  };
}

const METRICS = 'metrics.csv';
type Row = Readonly<Record<string, string>>;

interface Parts {
  readonly id: string;
  readonly folder: string;
  /** What the file has already. */
  readonly table: readonly Row[];
  readonly run: RunDescription;
  readonly queue: WriteQueue;
}

class CsvRun implements TrackedRun {
  readonly id: string;
  readonly location: string;
  readonly #folder: string;
  readonly #run: RunDescription;
  readonly #queue: WriteQueue;
  readonly #started = new Date();
  /** `key at step` of what the file had when it was opened. */
  readonly #recorded: ReadonlySet<string>;
  #columns: string[];
  #ended = false;

  constructor({ id, folder, table, run, queue }: Parts) {
    this.id = id;
    this.location = join(folder, METRICS);
    this.#folder = folder;
    this.#run = run;
    this.#queue = queue;
    this.#columns = Object.keys(table[0] ?? { step: '', time: '' });
    const keysOf = (row: Row) => Object.keys(row).filter((key) => row[key] !== '');
    this.#recorded = new Set(table.flatMap((row) => keysOf(row).map((key) => `${key} at ${row['step']}`)));
    this.#describe({});
    queue.add(() => this.#write(table));
  }

  metrics(values: Readonly<Record<string, number>>, step: number): void {
    const fresh = Object.entries(values).filter(([key]) => !this.#recorded.has(`${key} at ${step}`));
    if (fresh.length === 0 || this.#ended) return;
    const time = new Date().toISOString();
    const cells = fresh.map(([key, value]) => [key, String(value)]);
    const row: Row = { step: String(step), time, ...Object.fromEntries(cells) };
    this.#queue.add(async () => {
      const added = fresh.map(([key]) => key).filter((key) => !this.#columns.includes(key));
      if (added.length > 0) await this.#addColumns(added);
      await appendFile(this.location, stringify([this.#cells(row)]));
    });
  }

  flush(): Promise<void> {
    return this.#queue.settled();
  }

  async end(status: RunStatus): Promise<void> {
    if (!this.#ended) this.#describe({ status, ended: new Date() });
    this.#ended = true;
    await this.#queue.settled();
  }

  #describe(end: { status?: RunStatus; ended?: Date }): void {
    const { experiment, params, tags } = this.#run;
    const run = { experiment: experiment.name, started: this.#started, ...end, params, tags };
    this.#queue.add(() => writeWhole(join(this.#folder, 'run.json'), JSON.stringify(run, null, 2)));
  }

  /** Rows that are written already have nothing there. */
  async #addColumns(added: readonly string[]): Promise<void> {
    const table = await rowsOf(this.location);
    this.#columns = [...this.#columns, ...added];
    await this.#write(table);
  }

  async #write(table: readonly Row[]): Promise<void> {
    await writeWhole(this.location, stringify([this.#columns, ...table.map((row) => this.#cells(row))]));
  }

  #cells(row: Row): string[] {
    return this.#columns.map((column) => row[column] ?? '');
  }
}

/** The rows of a file, but for a last one that was being written when its process was killed. */
async function rowsOf(path: string): Promise<Row[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return parse(text.slice(0, text.lastIndexOf('\n') + 1), { columns: true });
}

/** Writes a file that is there whole or not at all. */
async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}
