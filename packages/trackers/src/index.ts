import type { Plugins } from '@paperlab/core';
import { consoleTracker } from './console-tracker.js';
import { csv } from './csv-tracker.js';
import { tensorboard } from './tensorboard-tracker.js';

export { consoleTracker, type ConsoleOptions } from './console-tracker.js';
export { csv } from './csv-tracker.js';
export type { RecordOptions } from './run-folder.js';
export { tensorboard } from './tensorboard-tracker.js';

/** The trackers by the names that a command line has for them. */
export const plugins = {
  trackers: { console: consoleTracker, csv, tensorboard },
} as const satisfies Plugins;
