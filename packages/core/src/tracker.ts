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
  /**
   * Takes what a run makes beside numbers. Files and folders that it names must stay until `flush` or `end` resolves, and may be
   * gone afterwards. Absent where a tracker keeps numbers alone.
   */
  artifact?(artifact: Artifact): void;
  /** Resolves when everything up to now is safe on disk, or was reported lost. A checkpoint is written after it. */
  flush(): Promise<void>;
  /** Ends the record; resolves when it is safe on disk, and sent if there is somewhere to send it. */
  end(status: RunStatus): Promise<void>;
}

/** Something to look at, or to load, that belongs to a run. Paths and names have `/` between folders. */
export type Artifact =
  /** A file. One of the same path takes its place. */
  | { readonly kind: 'file'; readonly path: string; readonly content: Uint8Array | string }
  /** All that is in a folder on disk, under `path` in the run. */
  | { readonly kind: 'folder'; readonly path: string; readonly folder: string }
  /** A picture of one step; those of one name are a series: `augmented samples`, `confusion matrix`. */
  | { readonly kind: 'image'; readonly name: string; readonly step: number; readonly png: Uint8Array }
  | ModelArtifact;

/** A trained model as other programs load it. */
export interface ModelArtifact {
  readonly kind: 'model';
  /** `model` */
  readonly name: string;
  /** Optimizer steps that it was trained for. */
  readonly step: number;
  /** Folders on disk that hold it: a SavedModel with the signature `serving_default`, and files for `tf.loadLayersModel`. */
  readonly folders: { readonly savedModel?: string; readonly tfjs?: string };
  /** What the network takes and gives, batches first, with -1 for their size: `[-1, 32, 32, 1]`. float32. */
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  /** By the order of the logits. */
  readonly classNames: readonly string[];
  /** A small batch that it takes, by input: nested lists of numbers. */
  readonly inputExample?: Readonly<Record<string, unknown>>;
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
  /** `TrackedRun.id` of the record that this run is a part of, where it is a variant of a study. */
  readonly parent?: string;
  /**
   * `TrackedRun.id` of the record to go on with, when a run is resumed. What that record already holds of a metric at
   * a step stays, and is not recorded twice.
   */
  readonly resume?: string;
}
