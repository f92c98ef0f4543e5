import {
  type EpochResult,
  experimentParams,
  type Study,
  type TrackedRun,
  type Tracker,
} from '@paperlab/core';
import type { Composition } from '../composition.js';
import { type StepProgress, train } from '../train.js';
import type { StudyStore, VariantResult } from './store.js';

export interface VariantOptions {
  /** Folder for the variant's checkpoints: training goes on from the newest whole one, if there is one. */
  readonly checkpoints: string;
  /** Takes the result, and has those of other variants, which a pruner compares with. */
  readonly store: StudyStore;
  readonly trackers?: readonly Tracker[];
  /** By each tracker's name, `TrackedRun.id` of the study's record. */
  readonly parents?: Readonly<Record<string, string>>;
  /** Where the variant comes from, as `{ file: 'FILE:VARIANT' }`. */
  readonly source?: Composition;
  /** Aborting it ends the training after the step in flight, with a checkpoint. */
  readonly signal?: AbortSignal;
  readonly report?: (line: string) => void;
  readonly onEpoch?: (epoch: EpochResult) => void;
  readonly onStep?: (progress: StepProgress) => void;
}

/**
 * Trains one variant of a study to its end, or until the pruner ends it, and saves the result.
 * @throws as `train` does; then nothing is saved
 */
export async function runVariant(
  study: Study,
  variant: string,
  { store, onEpoch, trackers = [], ...options }: VariantOptions,
): Promise<VariantResult> {
  const experiment = study.variants[variant];
  if (!experiment) throw new Error(`study "${study.name}" has no variant "${variant}"`);
  const epochs: EpochResult[] = [];
  const runs: TrackedRun[] = [];
  let reason: string | undefined;
  /** Whether the variant is ended early. Its last epoch ends it anyway. */
  const pruned = async () => {
    if (!study.pruner || epochs.length === 0 || epochs.length >= experiment.epochs) return false;
    const finished = (await store.results()).filter(({ status }) => status === 'FINISHED');
    const histories = finished.filter((other) => other.variant !== variant).map((other) => other.epochs);
    reason = study.pruner.prune(epochs, histories, study.monitor);
    if (reason === undefined) return false;
    for (const run of runs) {
      run.metrics({ pruned: 1 }, epochs.at(-1)!.step);
      run.artifact?.({ kind: 'file', path: 'pruned.txt', content: `${reason}\n` });
    }
    options.report?.(`pruned: ${reason}`);
    return true;
  };
  const training = train(experiment, {
    ...options,
    trackers: trackers.map((tracker) => ofVariant(tracker, study.values[variant] ?? {}, runs)),
    resume: true,
    runName: variant,
    async onResume(history) {
      epochs.push(...history);
      return (await pruned()) ? 'stop' : undefined;
    },
  });
  for await (const epoch of training) {
    epochs.push(epoch);
    onEpoch?.(epoch);
    if (await pruned()) break;
  }
  const result: VariantResult = {
    variant,
    status: reason === undefined ? 'FINISHED' : 'PRUNED',
    ...(reason !== undefined && { reason }),
    params: experimentParams(experiment),
    epochs,
  };
  await store.save(result);
  return result;
}

/** A tracker that also records what the variant's change was made of. @param runs takes what it starts */
function ofVariant(tracker: Tracker, values: Study['values'][string], runs: TrackedRun[]): Tracker {
  const own = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [`study.${name}`, `${value}`]),
  );
  return {
    name: tracker.name,
    async start(description) {
      const run = await tracker.start({ ...description, params: { ...description.params, ...own } });
      runs.push(run);
      return run;
    },
  };
}
