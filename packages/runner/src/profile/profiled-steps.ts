import { type Engine, parseOptions, type Profile, type Profiler, wholeNumber } from '@paperlab/core';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { StepResult } from '../step-result.js';
import { TIMED_CALLS } from '../steps-per-call.js';
import { chromeTrace } from './chrome-trace.js';
import { type ProfileSummary, summarize } from './summary.js';
import { profileTable } from './table.js';

export interface ProfileOptions {
  /** Optimizer steps to profile, or a few more: where several go into one call, whole calls are profiled. Default 5. */
  readonly steps?: number;
  /** Folder for `profile.json`, a Chrome trace, and `profile.txt`, a table. It is made. */
  readonly folder: string;
  /** Told what was found, when it has been written. */
  readonly onProfile?: (summary: ProfileSummary) => void;
}

const schema = z.object({
  steps: wholeNumber(1).default(5),
  folder: z.string(),
  onProfile: z.custom<ProfileOptions['onProfile']>().optional(),
});

type Report = (line: string) => void;

/** Profiles some steps of a run, after those with which it warms up. */
export class ProfiledSteps {
  readonly #options: ProfileOptions & { readonly steps: number };
  readonly #report: Report;
  readonly #profiles: Profile[] = [];
  #profiler: Profiler | undefined;
  #calls = 0;
  #done = 0;

  /** @throws if an option is wrong */
  constructor(options: ProfileOptions, report: Report = () => undefined) {
    this.#options = parseOptions(schema, options, 'the profile');
    this.#report = report;
  }

  /**
   * To be called before the steps are compiled.
   * @throws if the engine cannot be profiled
   */
  async prepare(engine: Engine): Promise<void> {
    if (!engine.profiler)
      throw new Error(`The engine ${engine.name} cannot be profiled: profile steps of TensorFlow's engine.`);
    this.#profiler = await engine.profiler();
  }

  /** @throws if a run has too few steps */
  check(steps: number): void {
    const needed = TIMED_CALLS + this.#options.steps;
    if (steps >= needed) return;
    throw new Error(
      `Profiling ${this.#options.steps} steps takes a run of at least ${needed}, for the first ${TIMED_CALLS} warm up; ` +
        `this one has ${steps}`,
    );
  }

  /** Does what `run` does: one or more steps. */
  async call(run: () => Promise<StepResult[]>): Promise<StepResult[]> {
    if (!this.#profiler || this.#calls++ < TIMED_CALLS) return run();
    const { result, profile } = await this.#profiler.record(run);
    if (profile.traced) return result; // the first call of so many steps, or of this batch size
    this.#profiles.push(profile);
    this.#done += result.length;
    if (this.#done >= this.#options.steps) await this.end();
    return result;
  }

  /** Writes what was found, and says so where the run has ended before all was done. */
  async end(): Promise<void> {
    if (!this.#profiler) return;
    this.#profiler.dispose();
    this.#profiler = undefined;
    const { steps } = this.#options;
    if (this.#calls > 0 && this.#done < steps)
      this.#report(`profile: the run ended after ${this.#done} of ${steps} steps`);
    if (this.#done === 0) return;
    if (this.#profiles.some(({ ops }) => ops.some(({ device }) => device.startsWith('GPU'))))
      this.#report('profile: the times of ops on GPUs are those of launching their kernels');
    const summary = summarize(this.#profiles, this.#done);
    try {
      await this.#write(summary);
    } catch (error) {
      this.#report(`profile: it could not be written, and training goes on: ${(error as Error).message}`);
      return;
    }
    this.#options.onProfile?.(summary);
  }

  async #write(summary: ProfileSummary): Promise<void> {
    const { folder } = this.#options;
    const files = {
      'profile.json': JSON.stringify(chromeTrace(this.#profiles)),
      'profile.txt': `${profileTable(summary)}\n`,
    };
    await mkdir(folder, { recursive: true });
    for (const [name, content] of Object.entries(files)) {
      const path = join(folder, name);
      const part = `${path}.part`;
      try {
        await writeFile(part, content);
        await rename(part, path);
      } finally {
        await rm(part, { force: true });
      }
    }
  }
}
