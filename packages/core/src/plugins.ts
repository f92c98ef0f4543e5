import type { Dataset } from './dataset.js';
import type { ExperimentInput } from './experiment.js';
import type { Model } from './model.js';
import type { Optimizer } from './optimizer.js';
import { adagrad } from './optimizers/adagrad.js';
import { adam } from './optimizers/adam.js';
import { adamw } from './optimizers/adamw.js';
import { lars } from './optimizers/lars.js';
import { rmsprop } from './optimizers/rmsprop.js';
import { sdlm } from './optimizers/sdlm.js';
import { sgd } from './optimizers/sgd.js';
import type { Tracker } from './tracker.js';

/**
 * What a package brings, by the names that a command line has for it: its export `plugins`. The functions make a plugin
 * of its options, which they check themselves.
 */
export interface Plugins {
  readonly models?: Readonly<Record<string, (options: never) => Model>>;
  readonly datasets?: Readonly<Record<string, (options: never) => Dataset>>;
  readonly optimizers?: Readonly<Record<string, (options: never) => Optimizer>>;
  readonly trackers?: Readonly<Record<string, (options: never) => Tracker>>;
  /**
   * Ways to train its models, to spread into an experiment. By default it is the one with the name of the model's
   * variant, else with the model's own, else `paper`.
   */
  readonly recipes?: Readonly<Record<string, Partial<ExperimentInput>>>;
}

/** The optimizers by the names that a command line has for them. */
export const plugins = {
  optimizers: { adagrad, adam, adamw, lars, rmsprop, sdlm, sgd },
} as const satisfies Plugins;
