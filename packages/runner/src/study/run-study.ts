import {
  type EpochResult,
  experimentParams,
  type RunStatus,
  type Study,
  type TrackedRun,
  type Tracker,
} from '@paperlab/core';
import { join } from 'node:path';
import { changedParams } from '../checkpoint/changed-params.js';
import { writeWholeFile } from '../checkpoint/directory.js';
import type { Composition } from '../composition.js';
import { studyCurves } from '../figures/study-curves.js';
import { machineTags } from '../machine.js';
import type { StepProgress } from '../train.js';
import { bestVariant, compare, comparisonCsv } from './comparison.js';
import { runVariant, type VariantOptions } from './run-variant.js';
import { folderStore, type StudyStore, type VariantResult } from './store.js';

export interface RunStudyOptions {
  /**
   * Folder of the study: each variant's checkpoints in one of its name, and what came of it. What is finished there is not run
   * again, and what was interrupted goes on.
   */
  readonly folder: string;
  /** Where results are kept. Default: in `folder`. */
  readonly store?: StudyStore;
  /** Default: all. */
  readonly variants?: readonly string[];
  /** Where the study, and below it each variant, is recorded. Default: nowhere. */
  readonly trackers?: readonly Tracker[];
  /** Where the study comes from, as `{ file }`. */
  readonly source?: Composition;
  /** Who trains the variants. Default: this process, one after the other. */
  readonly workers?: Workers;
  /** Aborting it ends the variants in flight, with a checkpoint each: `runStudy` throws its reason. */
  readonly signal?: AbortSignal;
  readonly report?: (line: string, variant?: string) => void;
  readonly onEpoch?: (variant: string, epoch: EpochResult) => void;
  readonly onStep?: (variant: string, progress: StepProgress) => void;
  /** Told of each variant that has ended now. */
  readonly onResult?: (result: VariantResult) => void;
}

/** Those who train variants. */
export interface Workers {
  /** How many variants are trained at a time. */
  readonly count: number;
  /**
   * Trains a variant as `runVariant` does, here or elsewhere.
   * @param index which of the workers trains it, below `count`
   */
  run(variant: string, options: VariantOptions, index: number): Promise<VariantResult>;
}

/**
 * Trains the variants of a study, each as a run below one of the study, and compares them: `comparison.csv`, `comparison.json` and
 * `comparison.png`, in the folder and with the study's run. One that fails does not keep the others from being trained.
 * @returns what became of each, in the study's order, those included that had been finished before
 * @throws if what was begun in `folder` is another study; or the signal's reason
 */
export async function runStudy(study: Study, options: RunStudyOptions): Promise<VariantResult[]> {
  const { folder, store = folderStore(folder), trackers = [], signal, report, onResult } = options;
  const chosen = variantsOf(study, options.variants);
  const params = Object.fromEntries(
    Object.entries(study.variants).map(([variant, experiment]) => [variant, experimentParams(experiment)]),
  );
  const before = await store.state();
  for (const [variant, former] of Object.entries(before?.variants ?? {}))
    checkUnchanged(variant, former, params[variant], folder);
  const results = new Map<string, VariantResult>();
  for (const result of await store.results())
    if (params[result.variant]?.['epochs'] === result.params['epochs']) results.set(result.variant, result);
  const left = chosen.filter((variant) => !results.has(variant));
  if (before)
    report?.(`going on with ${folder}: ${chosen.length - left.length} of ${chosen.length} variants are done`);

  const runs: Record<string, TrackedRun> = {};
  let status: RunStatus = 'FAILED';
  try {
    const description = await describeStudy(study, options.source);
    for (const tracker of trackers)
      runs[tracker.name] = await tracker.start({ ...description, resume: before?.runs[tracker.name] });
    const parents = Object.fromEntries(Object.entries(runs).map(([name, { id }]) => [name, id]));
    await store.begin({ variants: { ...before?.variants, ...params }, runs: parents });
    const one = async (variant: string, index: number): Promise<VariantResult> => {
      const epochs: EpochResult[] = [];
      try {
        return await (options.workers ?? here(study)).run(
          variant,
          {
            checkpoints: join(folder, variant),
            store,
            trackers,
            parents,
            source: options.source && { ...options.source, file: `${options.source.file}:${variant}` },
            signal,
            report: (line) => report?.(line, variant),
            onEpoch: (epoch) => {
              epochs.push(epoch);
              options.onEpoch?.(variant, epoch);
            },
            onStep: (progress) => options.onStep?.(variant, progress),
          },
          index,
        );
      } catch (error) {
        if (signal?.aborted) throw error;
        return {
          variant,
          status: 'FAILED',
          reason: (error as Error).message,
          params: params[variant]!,
          epochs,
        };
      }
    };
    const next = async (index: number) => {
      for (let variant = left.shift(); variant !== undefined; variant = left.shift()) {
        signal?.throwIfAborted();
        const result = await one(variant, index);
        results.set(variant, result);
        onResult?.(result);
      }
    };
    const ends = await Promise.allSettled(
      Array.from({ length: options.workers?.count ?? 1 }, (_, index) => next(index)),
    );
    const ordered = Object.keys(params).flatMap((variant) => results.get(variant) ?? []);
    await recordComparison(study, ordered, folder, Object.values(runs));
    const stopped = ends.find((end): end is PromiseRejectedResult => end.status === 'rejected');
    if (stopped) throw stopped.reason;
    status = ordered.some((result) => result.status === 'FAILED') ? 'FAILED' : 'FINISHED';
    return ordered;
  } catch (error) {
    if (signal?.aborted) status = 'KILLED';
    throw error;
  } finally {
    await Promise.all(Object.values(runs).map((run) => run.end(status)));
  }
}

const here = (study: Study): Workers => ({
  count: 1,
  run: (variant, options) => runVariant(study, variant, options),
});

function variantsOf({ name, variants }: Study, chosen: readonly string[] | undefined): string[] {
  const all = Object.keys(variants);
  const unknown = chosen?.find((variant) => !all.includes(variant));
  if (unknown !== undefined)
    throw new Error(`study "${name}" has no variant "${unknown}"; its variants are ${all.join(', ')}`);
  return all.filter((variant) => chosen?.includes(variant) ?? true);
}

function checkUnchanged(
  variant: string,
  before: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>> | undefined,
  folder: string,
): void {
  const changes = now ? changedParams(before, now) : [];
  if (changes.length === 0) return;
  throw new Error(
    `${folder} was begun with another variant "${variant}": ${changes.join('; ')}. Change it back, or start a new study.`,
  );
}

async function describeStudy({ name, base }: Study, source: Composition | undefined) {
  const tags = {
    ...(await machineTags()),
    'mlflow.runName': `${name} study`,
    ...(source?.file !== undefined && { 'mlflow.source.name': source.file }),
  };
  return { experiment: base, params: experimentParams(base), tags, datasets: {} };
}

/** Writes the comparison, and gives it to the study's runs with the figures of the best variant. */
async function recordComparison(
  study: Study,
  results: readonly VariantResult[],
  folder: string,
  runs: readonly TrackedRun[],
): Promise<void> {
  const rows = compare(study, results);
  const files = { 'comparison.csv': comparisonCsv(rows), 'comparison.json': JSON.stringify(rows, null, 2) };
  const png = await studyCurves(results, study.name);
  for (const [path, content] of Object.entries(files)) {
    await writeWholeFile(join(folder, path), content);
    for (const run of runs) run.artifact?.({ kind: 'file', path, content });
  }
  await writeWholeFile(join(folder, 'comparison.png'), png);
  const best = bestVariant(study, results)?.best;
  const step = results.filter(({ status }) => status !== 'FAILED').length;
  for (const run of runs) {
    run.artifact?.({ kind: 'image', name: 'comparison', step, png });
    if (best) run.metrics({ 'valid/loss': best.valid.loss, 'valid/top1': best.valid.top1 }, step);
  }
}
