import { z } from 'zod';
import { badness, type Monitored } from '../callbacks/monitor.js';
import { wholeNumber } from '../model-options.js';
import { parseOptions } from '../options.js';
import type { Pruner } from './pruner.js';

export interface MedianPrunerOptions {
  /** Variants that must have been trained to their end before one is ended early. Default 5. */
  readonly startupTrials?: number;
  /** Epochs of each variant after which it is not ended. Default 0. */
  readonly warmupEpochs?: number;
}

const schema = z.strictObject({
  startupTrials: wholeNumber(0).default(5),
  warmupEpochs: wholeNumber(0).default(0),
});

/**
 * Ends a variant whose best epoch so far is worse than the median, after as many epochs, of those that were trained to their end.
 * As Optuna's `MedianPruner`, whose `n_startup_trials` and `n_warmup_steps` the options are.
 */
export function medianPruner(options: MedianPrunerOptions = {}): Pruner {
  const config = parseOptions(schema, options, 'medianPruner');
  const { startupTrials, warmupEpochs } = config;
  return {
    name: 'medianPruner',
    config,
    prune(history, finished, monitor) {
      if (finished.length < startupTrials || history.length <= warmupEpochs) return undefined;
      const others = finished.flatMap((epochs) => epochs[history.length - 1] ?? []);
      const values = others.map((epoch) => badness(epoch, monitor)).filter(Number.isFinite);
      if (values.length === 0) return undefined;
      const best = Math.min(...history.map((epoch) => badness(epoch, monitor)));
      const limit = median(values);
      if (best <= limit) return undefined;
      const variants = values.length === 1 ? 'another variant' : `the median of ${values.length} variants`;
      return `${text(best, monitor)} after epoch ${history.length} is worse than ${text(limit, monitor)}, ${variants}`;
    },
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
}

const text = (value: number, monitor: Monitored): string =>
  monitor === 'loss' ? `loss ${value.toPrecision(4)}` : `top-1 ${(-100 * value).toFixed(2)} %`;
