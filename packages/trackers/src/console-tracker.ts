import type { Tracker } from '@paperlab/core';

export interface ConsoleOptions {
  /** Takes a line at a time. Default: `console.log`. */
  readonly print?: (line: string) => void;
}

/**
 * Prints the metrics of a run, a line for each epoch: `step 1875  epoch 1  train/loss 0.2104  valid/top1 0.9735`. The values of single
 * batches and of the machine (`batch/…`, `system/…`) are left to other trackers.
 */
export function consoleTracker({ print = console.log }: ConsoleOptions = {}): Tracker {
  return {
    name: 'console',
    async start({ experiment, tags, resume }) {
      const name = tags['mlflow.runName'] ?? experiment.name;
      const id = resume ?? `${name}-${++started}`;
      print(`${name}: ${resume === undefined ? 'begins' : 'goes on'}`);
      let ended = false;
      return {
        id,
        location: `console of ${id}`,
        metrics(values, step) {
          const shown = Object.entries(values).filter(([key]) => !/^(batch|system)\//.test(key));
          if (ended || !shown.some(([key]) => key.includes('/'))) return;
          print(
            [`${name}: step ${step}`, ...shown.map(([key, value]) => `${key} ${text(value)}`)].join('  '),
          );
        },
        flush: async () => {},
        async end(status) {
          if (!ended) print(`${name}: ${status}`);
          ended = true;
        },
      };
    },
  };
}

/** Tells the runs of a process apart. */
let started = 0;

const text = (value: number) => (Number.isInteger(value) ? String(value) : value.toPrecision(4));
