import type { RecordOptions } from '../record/run-record.js';

/** What `--record` takes, and what it stands for. */
const parts = {
  figures: 'figures',
  'system-metrics': 'systemMetrics',
  model: 'model',
  checkpoint: 'checkpoint',
} as const satisfies Record<string, keyof RecordOptions>;

export const RECORDED = Object.keys(parts);
export const BY_DEFAULT = ['figures', 'system-metrics', 'model'];

/** Options in a text such as `figures,model` or `none`: what is not in it is not recorded. @throws if something in it is none */
export function recordedIn(text: string): RecordOptions {
  const given = text === 'none' ? [] : text.split(',').map((part) => part.trim());
  const wrong = given.find((part) => !RECORDED.includes(part));
  if (wrong !== undefined)
    throw new Error(
      `--record takes ${RECORDED.join(', ')}, with commas between them, or none; it was given "${wrong}"`,
    );
  return Object.fromEntries(Object.entries(parts).map(([part, option]) => [option, given.includes(part)]));
}
