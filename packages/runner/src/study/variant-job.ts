import type { EpochResult, Tracker } from '@paperlab/core';
import { join } from 'node:path';
import { z } from 'zod';
import type { StepProgress } from '../train.js';
import { loadStudy } from './load-study.js';
import { runVariant } from './run-variant.js';
import { folderStore, type StudyStore, type VariantResult } from './store.js';

/** One variant of a study, as another process can be told to train it. */
export const variantJobSchema = z.strictObject({
  /** Exports the study. */
  file: z.string(),
  /** Other values for all its variants, as `withOverrides` takes them. */
  set: z.record(z.string(), z.string()).optional(),
  variant: z.string(),
  /** The study's: `RunStudyOptions.folder`. */
  folder: z.string(),
  /** By tracker, `TrackedRun.id` of the study's record. */
  parents: z.record(z.string(), z.string()),
});
export type VariantJob = z.infer<typeof variantJobSchema>;

interface VariantJobOptions {
  /** Where results are kept. Default: in the job's folder. */
  readonly store?: StudyStore;
  readonly trackers?: readonly Tracker[];
  readonly signal?: AbortSignal;
  readonly report?: (line: string) => void;
  /** @param epochs of the variant in all */
  readonly onEpoch?: (epoch: EpochResult, epochs: number) => void;
  readonly onStep?: (progress: StepProgress) => void;
}

/** Trains the variant of a job, as `runVariant` does; from its newest checkpoint, whoever wrote that. */
export async function runVariantJob(
  { file, set, variant, folder, parents }: VariantJob,
  options: VariantJobOptions = {},
): Promise<VariantResult> {
  const study = await loadStudy(file, set);
  return runVariant(study, variant, {
    ...options,
    onEpoch: (epoch) => options.onEpoch?.(epoch, study.variants[variant]!.epochs),
    store: options.store ?? folderStore(folder),
    checkpoints: join(folder, variant),
    parents,
    source: { file: `${file}:${variant}`, set },
  });
}
