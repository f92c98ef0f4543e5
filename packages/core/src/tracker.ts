import type { Experiment } from './experiment.js';
import type { Split } from './dataset.js';

/** Records runs: a console, a file, an MLflow server. It must never block, slow or stop training. */
export interface Tracker {
  readonly name: string;
  /** Opens the record of one run, or goes on with one. May reject: training has not begun. */
  start(run: RunDescription): Promise<TrackedRun>;
}

/** The record of one run. No member throws or waits for a network: what cannot be sent now is kept and sent later. */
export interface TrackedRun {
  /** What names this record for `RunDescription.resume`: checkpoints hold it. */
  readonly id: string;
  /** Where a person can look at the run: a URL or a path. */
  readonly location: string;
  /** Values at one step, by metric name: `{ 'train/loss': 0.12 }`. Non-finite values are recorded as such. */
  metrics(values: Readonly<Record<string, number>>, step: number): void;
  /** Resolves when everything up to now is safe on disk, or was reported lost. A checkpoint is written after it. */
  flush(): Promise<void>;
  /** Ends the record; resolves when it is safe on disk, and sent if there is somewhere to send it. */
  end(status: RunStatus): Promise<void>;
}

/** MLflow's words for how a run ended. */
export type RunStatus = 'FINISHED' | 'FAILED' | 'KILLED';

/** What is known of a run when it starts. */
export interface RunDescription {
  readonly experiment: Experiment;
  /** The experiment as flat text values, for trackers that record parameters. */
  readonly params: Readonly<Record<string, string>>;
  /** Facts about code and machine, by MLflow's tag names where it has one. */
  readonly tags: Readonly<Record<string, string>>;
  /** The data, by what it is used for. */
  readonly datasets: Readonly<Partial<Record<'train' | 'valid' | 'test', Split>>>;
  /**
   * `TrackedRun.id` of the record to go on with, when a run is resumed. What that record already holds of a metric at
   * a step stays, and is not recorded twice.
   */
  readonly resume?: string;
}
