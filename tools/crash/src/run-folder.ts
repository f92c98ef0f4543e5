import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** `state.json`, as far as it is looked at here. */
interface State {
  readonly step: number;
  readonly epoch: number;
  readonly batch: number;
  readonly trackers: { readonly mlflow: string };
  /** Of the experiment's callbacks; the first is `bestCheckpoints`. */
  readonly callbacks: readonly [{ readonly step: number }[], unknown];
}

/** What a run left on the disk, in the folder where `paperlab train` was started. */
export class RunFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** The folder of the run's checkpoints, once there is one; `--resume` goes on in the last. */
  get checkpoints(): string | undefined {
    const folder = join(this.path, '.paperlab/checkpoints/crash');
    const last = list(folder).at(-1);
    return last && join(folder, last);
  }

  /** Names of the checkpoints, the oldest first. */
  get steps(): string[] {
    return this.#entries.filter((name) => name.startsWith('step-'));
  }

  /** Names of the checkpoints that were not yet whole. */
  get unfinished(): string[] {
    return this.#entries.filter((name) => name.startsWith('.unfinished-'));
  }

  /** The newest checkpoint: its path, and what it says. */
  get newest(): { readonly path: string; readonly state: State } | undefined {
    const name = this.steps.at(-1);
    if (name === undefined) return undefined;
    const path = join(this.checkpoints!, name);
    return { path, state: JSON.parse(readFileSync(join(path, 'state.json'), 'utf8')) };
  }

  /** Names of checkpoints that are neither among the newest two nor the best. */
  get superseded(): string[] {
    const { steps, newest } = this;
    const best = newest?.state.callbacks[0].map(({ step }) => step) ?? [];
    return steps.slice(0, -2).filter((name) => !best.includes(Number(name.slice('step-'.length))));
  }

  /** The folder in which the metrics of the run with the newest checkpoint are recorded. */
  get record(): string | undefined {
    const run = this.newest?.state.trackers.mlflow;
    return run && join(this.path, '.paperlab/runs', run);
  }

  /** The folders of all records. */
  get records(): string[] {
    const folder = join(this.path, '.paperlab/runs');
    return list(folder).map((name) => join(folder, name));
  }

  get #entries(): string[] {
    const { checkpoints } = this;
    return checkpoints === undefined ? [] : list(checkpoints);
  }
}

/** Sorted; empty where there is no such folder. */
export function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Values of the recorded metrics, by `key at step`: each of them once, if all is well. Those of the system come by the clock. */
export function pointsOf(record: string): Map<string, number[]> {
  const lines = readFileSync(join(record, 'requests.jsonl'), 'utf8').split('\n');
  const points = new Map<string, number[]>();
  lines.pop(); // nothing, or what was torn
  for (const line of lines) {
    const { body } = JSON.parse(line) as {
      body: { metrics?: { key: string; step: number; value: number }[] };
    };
    for (const { key, step, value } of body.metrics ?? []) {
      if (key.startsWith('system/')) continue;
      const name = `${key} at step ${step}`;
      points.set(name, [...(points.get(name) ?? []), value]);
    }
  }
  return points;
}
