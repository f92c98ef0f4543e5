import { bestEpoch, type SearchValue, type Study } from '@paperlab/core';
import type { VariantResult } from './store.js';

/** What is compared of a variant. */
export interface ComparisonRow {
  readonly variant: string;
  readonly status: VariantResult['status'];
  readonly reason?: string;
  readonly values: Readonly<Record<string, SearchValue>>;
  /** Epochs that were done. */
  readonly epochs: number;
  /** The epoch that is best by the study's monitor, from 1, and its figures on the valid split. */
  readonly bestEpoch?: number;
  readonly loss?: number;
  readonly top1?: number;
  /** Of training, validation excluded. */
  readonly seconds: number;
}

/** Compares what became of variants, in the study's order. */
export function compare({ values, monitor }: Study, results: readonly VariantResult[]): ComparisonRow[] {
  return results.map(({ variant, status, reason, epochs }) => {
    const best = bestEpoch(epochs, monitor);
    return {
      variant,
      status,
      ...(reason !== undefined && { reason }),
      values: values[variant] ?? {},
      epochs: epochs.length,
      ...(best && { bestEpoch: best.epoch + 1, loss: best.valid.loss, top1: best.valid.top1 }),
      seconds: epochs.reduce((sum, epoch) => sum + epoch.seconds, 0),
    };
  });
}

/** The variant whose best epoch is the best of all; nothing if none came to an epoch's end. */
export function bestVariant({ monitor }: Study, results: readonly VariantResult[]) {
  const bests = results.flatMap(({ variant, epochs }) => {
    const best = bestEpoch(epochs, monitor);
    return best ? [{ variant, best }] : [];
  });
  const best = bestEpoch(
    bests.map(({ best }) => best),
    monitor,
  );
  return bests.find((one) => one.best === best);
}

/** As CSV (RFC 4180), with a column for each value of a search. */
export function comparisonCsv(rows: readonly ComparisonRow[]): string {
  const names = [...new Set(rows.flatMap(({ values }) => Object.keys(values)))];
  const lines = [
    ['variant', ...names, 'status', 'epochs', 'best_epoch', 'valid_loss', 'valid_top1', 'seconds', 'reason'],
    ...rows.map(({ variant, values, status, epochs, bestEpoch, loss, top1, seconds, reason }) => [
      variant,
      ...names.map((name) => values[name]),
      ...[status, epochs, bestEpoch, loss, top1, seconds, reason],
    ]),
  ];
  return lines.map((cells) => `${cells.map((cell) => field(String(cell ?? ''))).join(',')}\r\n`).join('');
}

const field = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** As a table of text. */
export function comparisonTable(rows: readonly ComparisonRow[]): string {
  const cells = [
    ['variant', 'epochs', 'best epoch', 'valid loss', 'top-1', 'time', 'status'],
    ...rows.map(({ variant, status, epochs, bestEpoch, loss, top1, seconds }) => [
      variant,
      `${epochs}`,
      `${bestEpoch ?? '-'}`,
      loss?.toFixed(4) ?? '-',
      top1 === undefined ? '-' : `${(100 * top1).toFixed(2)} %`,
      `${seconds.toFixed(1)} s`,
      status,
    ]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const last = widths.length - 1;
  return cells
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[0]!) : i === last ? cell : cell.padStart(widths[i]!)))
        .join('  '),
    )
    .join('\n');
}
