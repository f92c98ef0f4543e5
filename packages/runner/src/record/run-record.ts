import type { Artifact, Engine, EpochResult, RunDescription, RunStatus, TrackedRun } from '@paperlab/core';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { RunCheckpoints } from '../checkpoint/run-checkpoints.js';
import type { Composition } from '../composition.js';
import type { Limits } from '../limits.js';
import type { StepResult } from '../step-result.js';
import type { Training } from '../training.js';
import { beginningOf } from './beginning.js';
import { epochMetrics, stepMetrics, STEPS_BETWEEN } from './numbers.js';
import type { Part } from './part.js';
import { samplingInterval, SystemMetrics } from './system-metrics.js';
import { curvesOf, figuresOf, type Trained } from './trained-figures.js';

/** What trackers that take artifacts are given beside numbers. What fails is reported, and left out. */
export interface RecordOptions {
  /** Pictures: augmented samples, curves, confusion matrix, mistakes, filters of the first layer, feature maps. Default true. */
  readonly figures?: boolean;
  /** What processors, memory, disk, network and GPUs do, every 10 s. Default true. */
  readonly systemMetrics?: boolean;
  /** The trained network, as a SavedModel and for tfjs. Default true. */
  readonly model?: boolean;
  /** The newest checkpoint, with what the optimizer keeps. Default false: it is large. */
  readonly checkpoint?: boolean;
}

/** A run, as its record needs it. */
export interface RecordedRun {
  readonly description: RunDescription;
  readonly training: Training;
  readonly engine: Engine;
  readonly source: Composition | undefined;
  readonly limits: Limits | undefined;
  /** Optimizer steps done before it began. */
  readonly beginsAt: number;
}

/** Tells trackers what a run does and makes: numbers to all of them, and to those that take artifacts the rest. */
export class RunRecord {
  readonly #runs: readonly TrackedRun[];
  readonly #options: Required<RecordOptions>;
  readonly #signal: AbortSignal | undefined;
  readonly #report: (line: string) => void;
  readonly #every: number | undefined;
  #run: RecordedRun | undefined;
  #results: EpochResult[] = [];
  #step = 0;
  #sample: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** What artifacts are in that trackers may still read. */
  #folder: string | undefined;

  /**
   * @param runs   records that are open, also those that are opened later; `end` closes them
   * @param signal ends what takes long at the end
   * @throws if MLflow's environment variables are wrong
   */
  constructor(
    runs: readonly TrackedRun[],
    options: RecordOptions = {},
    signal?: AbortSignal,
    report: (line: string) => void = () => undefined,
  ) {
    const { figures = true, systemMetrics = true, model = true, checkpoint = false } = options;
    this.#runs = runs;
    this.#options = { figures, systemMetrics, model, checkpoint };
    this.#signal = signal;
    this.#report = report;
    this.#every = systemMetrics ? samplingInterval() : undefined;
  }

  /** Before the first step. @param results of the epochs that were done before */
  async begin(run: RecordedRun, results: readonly EpochResult[]): Promise<void> {
    this.#run = run;
    this.#step = run.beginsAt;
    this.#results = [...results];
    if (this.#takers.length === 0) return;
    await this.#send(beginningOf(run, this.#options.figures));
    this.#startSystemMetrics();
  }

  /** After step `step`, counted from 1. */
  step(result: StepResult, step: number): void {
    this.#step = step;
    if (step % STEPS_BETWEEN === 0) this.#metrics(stepMetrics(result));
  }

  epoch(result: EpochResult): void {
    this.#results.push(result);
    this.#metrics(epochMetrics(result));
  }

  /**
   * Records what a run that is FINISHED has made, of another one its curves, and ends all records. It throws only what they throw.
   * The training must still be there.
   */
  async end(status: RunStatus, checkpoints: RunCheckpoints | undefined): Promise<void> {
    clearInterval(this.#timer);
    this.#sample?.();
    await this.#recordMade(status, checkpoints);
    await Promise.all(this.#runs.map((run) => run.end(status)));
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }

  async #recordMade(status: RunStatus, checkpoints: RunCheckpoints | undefined): Promise<void> {
    const { figures, model, checkpoint } = this.#options;
    const run = this.#run;
    if (!run || this.#takers.length === 0 || this.#results.length === 0) return;
    const { name } = run.description.experiment;
    if (figures) await this.#send([curvesOf(name, this.#results, this.#step)]);
    if (status !== 'FINISHED') return;
    if (figures || model) {
      const evaluated = run.training.evaluated((network, device) => {
        const trained = { model: network, device, step: this.#step };
        const parts = figures ? figuresOf(trained, run, this.#signal) : [];
        return this.#send(model ? [...parts, this.#exported(trained, run)] : parts, this.#signal);
      });
      await evaluated.catch((error: unknown) => this.#lost('the trained network', error));
    }
    const newest = checkpoint ? checkpoints?.newest : undefined;
    if (newest !== undefined)
      this.#tell({ kind: 'folder', path: `checkpoints/${basename(newest)}`, folder: newest });
  }

  #exported(trained: Trained, run: RecordedRun): Part {
    return {
      what: 'model',
      make: async () => {
        this.#folder = await mkdtemp(join(tmpdir(), 'paperlab-model-'));
        const { modelArtifact } = await import('./exported-model.js');
        return [await modelArtifact(trained, run, this.#results.length, this.#folder)];
      },
    };
  }

  get #takers(): readonly TrackedRun[] {
    return this.#runs.filter((run) => run.artifact);
  }

  #metrics(values: Readonly<Record<string, number>>): void {
    for (const run of this.#runs) run.metrics(values, this.#step);
  }

  /** Makes parts, one after the other, until `signal` is aborted. */
  async #send(parts: readonly Part[], signal?: AbortSignal): Promise<void> {
    for (const { what, make } of parts) {
      if (signal?.aborted) return;
      try {
        for (const artifact of await make()) this.#tell(artifact);
      } catch (error) {
        if (!signal?.aborted) this.#lost(what, error);
      }
    }
  }

  #tell(artifact: Artifact): void {
    for (const run of this.#takers) {
      try {
        run.artifact!(artifact);
      } catch (error) {
        this.#lost('path' in artifact ? artifact.path : artifact.name, error);
      }
    }
  }

  #lost(what: string, error: unknown): void {
    this.#report(`not recorded: ${what} (${error instanceof Error ? error.message : String(error)})`);
  }

  /** One sample is always taken, at the end. */
  #startSystemMetrics(): void {
    if (this.#every === undefined) return;
    const system = new SystemMetrics();
    this.#sample = () => {
      try {
        const values = system.sample();
        for (const run of this.#takers) run.metrics(values, this.#step);
      } catch (error) {
        this.#sample = undefined;
        clearInterval(this.#timer);
        this.#lost('system metrics', error);
      }
    };
    this.#timer = setInterval(() => this.#sample?.(), this.#every).unref();
  }
}
