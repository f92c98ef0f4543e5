import type { Artifact, RunStatus, TrackedRun } from '@paperlab/core';
import type { BackgroundDelivery } from './background-delivery.js';
import { invalid } from './errors.js';
import type { Journal, Recorded } from './journal.js';
import { RecordedArtifacts } from './recorded-artifacts.js';
import { maximumMetrics, metricSchema, metricValue, type Metric } from './spec.js';

/** Milliseconds between writings to disk. */
const interval = 1000;
/** Points kept in memory while the disk takes none. */
const maximumWaiting = 100_000;

export interface RecordingParts {
  readonly folder: string;
  readonly journal: Journal;
  readonly delivery: BackgroundDelivery | undefined;
  readonly report: (line: string) => void;
  /** Ends what else goes on meanwhile, and lets the folder go. */
  readonly release: () => Promise<void>;
  /** What the journal held when it was opened. */
  readonly recorded: Recorded;
  /** The registered model that models become versions of. */
  readonly registered: { readonly name: string; readonly alias?: string } | undefined;
}

/** The record of one run that is going on. */
export class Recording implements TrackedRun {
  readonly id: string;
  readonly #parts: RecordingParts;
  readonly #timer: NodeJS.Timeout;
  readonly #artifacts: RecordedArtifacts;
  readonly #reported = new Set<string>();
  #waiting: Metric[] = [];
  #flushing: Promise<void> | undefined;
  #ending: Promise<void> | undefined;

  constructor(id: string, parts: RecordingParts) {
    this.id = id;
    this.#parts = parts;
    const report = (about: string, line: string) => this.#reportOnce(about, line);
    this.#artifacts = new RecordedArtifacts({ ...parts, report });
    this.#timer = setInterval(() => void this.#flush(), interval).unref();
  }

  get location(): string {
    return this.#parts.delivery?.page ?? this.#parts.folder;
  }

  metrics(values: Readonly<Record<string, number>>, step: number): void {
    const timestamp = Date.now();
    for (const [key, value] of Object.entries(values)) {
      if (this.#parts.recorded.points.get(key)?.has(step)) continue;
      const point = metricSchema.safeParse({ key, value: metricValue(value), timestamp, step });
      if (this.#ending)
        this.#reportOnce('ended', `metric "${key}" came after the end of the run and is not recorded`);
      else if (!point.success)
        this.#reportOnce(key, invalid(`metric "${key}" is not recorded`, point.error).message);
      else if (this.#waiting.length < maximumWaiting) this.#waiting.push(point.data);
      else
        this.#reportOnce(
          'full',
          `metrics of step ${step} and later are lost: ${this.#parts.folder} takes none`,
        );
    }
    if (this.#waiting.length >= maximumMetrics) void this.#flush();
  }

  artifact(artifact: Artifact): void {
    if (!this.#ending) this.#artifacts.take(artifact);
    else this.#reportOnce('late', `a ${artifact.kind} came after the end of the run and is not recorded`);
  }

  async flush(): Promise<void> {
    if (this.#ending) return this.#ending;
    await this.#artifacts.settled();
    await this.#flushing; // it may have begun before the last point came
    await this.#flush();
    await this.#parts.journal.sync().catch((error: Error) => this.#reportOnce('sync', error.message));
  }

  end(status: RunStatus): Promise<void> {
    this.#ending ??= this.#end(status);
    return this.#ending;
  }

  async #end(status: RunStatus): Promise<void> {
    const { folder, journal, delivery, report, release } = this.#parts;
    clearInterval(this.#timer);
    const end_time = Date.now();
    await this.#artifacts.settled();
    await this.#flushing;
    await this.#flush();
    const lost = [];
    if (this.#artifacts.lost > 1) report(`${this.#artifacts.lost} artifacts of the run are not recorded`);
    if (this.#waiting.length > 0) lost.push(`the last ${this.#waiting.length} values`);
    try {
      await journal.append({ endpoint: 'runs/update', body: { status, end_time } });
      await journal.close();
    } catch (error) {
      lost.push(`the end of the run (${(error as Error).message})`);
    }
    if (lost.length > 0) report(`cannot write to ${folder}: lost are ${lost.join(' and ')}`);
    if (delivery && !(await delivery.finish()))
      report(`\`paperlab sync\` sends to MLflow what is left in ${folder}`);
    await release();
  }

  /** Writes the waiting points. What the disk does not take stays waiting. */
  #flush(): Promise<void> {
    this.#flushing ??= this.#write().finally(() => (this.#flushing = undefined));
    return this.#flushing;
  }

  async #write(): Promise<void> {
    const { folder, journal } = this.#parts;
    try {
      while (this.#waiting.length > 0) {
        const metrics = this.#waiting.slice(0, maximumMetrics);
        await journal.append({ endpoint: 'runs/log-batch', body: { metrics } });
        this.#waiting.splice(0, metrics.length);
      }
    } catch (error) {
      const reason = (error as Error).message;
      this.#reportOnce(
        'disk',
        `cannot write to ${folder} (${reason}): metrics wait in memory until it can be written`,
      );
    }
  }

  #reportOnce(about: string, line: string): void {
    if (this.#reported.has(about)) return;
    this.#reported.add(about);
    this.#parts.report(line);
  }
}
