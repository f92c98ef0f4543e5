import {
  type Engine,
  type EpochResult,
  type Experiment,
  resolveAll,
  runContainer,
  type RunStatus,
  tokens,
  type TrackedRun,
  type Tracker,
} from '@paperlab/core';
import { tensorflow } from '@paperlab/engine';
import { beginning, type Position, RunCheckpoints } from './checkpoint/run-checkpoints.js';
import { placedOn } from './cluster.js';
import type { Composition } from './composition.js';
import { describeRun } from './describe.js';
import { type Limits, RunLimits } from './limits.js';
import { ProfiledSteps, type ProfileOptions } from './profile/profiled-steps.js';
import { type RecordOptions, RunRecord } from './record/run-record.js';
import { RunEnd } from './run-end.js';
import { RunningMetrics, type StepResult } from './step-result.js';
import { clusterFrom } from './tf-config.js';
import { threadsFor } from './threads.js';
import { type Splits, Training } from './training.js';

export interface TrainOptions {
  /** Where the run is recorded. Default: nowhere. */
  readonly trackers?: readonly Tracker[];
  /** Default: TensorFlow's runtime, in the cluster that the environment variable `TF_CONFIG` describes, if it does. */
  readonly engine?: Engine;
  /** Aborting it ends the run after the step in flight: trackers are told KILLED, and `train` throws its reason. */
  readonly signal?: AbortSignal;
  /**
   * Folder for this run's checkpoints: one after each epoch, and one where `signal` or a limit ends the run; the newest
   * two are kept. They are written while training goes on. Default: none.
   */
  readonly checkpoints?: string;
  /** Goes on from the newest whole checkpoint in `checkpoints`, if there is one, with the same bits. Default false. */
  readonly resume?: boolean;
  /** Ends the run early, or makes its data small. Default: no limit. */
  readonly limits?: Limits;
  /** What trackers are given beside numbers, such as figures and the trained model. Default: see `RecordOptions`. */
  readonly record?: RecordOptions;
  /** Profiles some of the steps, with no change to what they compute. Default: none. */
  readonly profile?: ProfileOptions;
  /**
   * Where the experiment comes from, as `{ file }`: trackers name the file, and `paperlab eval` gets the data by it.
   * Default: nowhere.
   */
  readonly source?: Composition;
  /** What the run is called. Default: a name that the tracker makes. */
  readonly runName?: string;
  /** By each tracker's name, `TrackedRun.id` of the record that this run is a part of. Default: it stands for itself. */
  readonly parents?: Readonly<Record<string, string>>;
  /** Told the epochs that were done before, where the run is resumed, before it goes on; `'stop'` ends it as FINISHED. */
  readonly onResume?: (history: readonly EpochResult[]) => Promise<void | 'stop'>;
  /** Told, a line at a time, what happens before the first step: downloads, mainly. Default: silent. */
  readonly report?: (line: string) => void;
  /** Told where training stands, at most ten times a second. */
  readonly onStep?: (progress: StepProgress) => void;
}

/** Where training stands; loss and accuracy are means over the epoch so far. */
export interface StepProgress {
  readonly epoch: number;
  readonly epochs: number;
  /** Batches of the epoch done. */
  readonly batch: number;
  readonly batches: number;
  /** Optimizer steps done in all. */
  readonly step: number;
  readonly loss: number;
  readonly top1: number;
  readonly learningRate: number;
  readonly imagesPerSecond: number;
}

/** Milliseconds between two calls of `onStep`. */
const PROGRESS_EVERY = 100;

/**
 * Trains an experiment, an epoch at a time. In a cluster, all workers call it with the same experiment; each gets the results,
 * and the chief alone records and writes. Leaving the loop early ends the run as FINISHED. Where a limit ends it within
 * an epoch, the last result is of the part that was done.
 *
 * @example
 * for await (const epoch of train(experiment)) console.log(epoch.valid.top1);
 *
 * Throws when the data cannot be had, does not fit the model, or the loss is no longer a number.
 */
export async function* train(
  given: Experiment,
  options: TrainOptions = {},
): AsyncGenerator<EpochResult, void, void> {
  const { report, signal, onStep, source, runName, parents = {} } = options;
  const limits = new RunLimits(options.limits ?? {}, given);
  const { epochs } = limits;
  const runs: TrackedRun[] = [];
  const record = new RunRecord(runs, options.record, signal, report);
  const profiling = options.profile && new ProfiledSteps(options.profile, report);
  const engine =
    options.engine ?? (await tensorflow({ report, signal, cluster: clusterFrom(), ...threadsFor(given) }));
  const experiment = placedOn(engine, given);
  const { worker } = engine;
  const chief = !worker || worker.index === 0;
  if (!chief) report?.(`${worker.names[worker.index]} trains, and ${worker.names[0]} reports`);
  const profiled = chief ? profiling : undefined;
  await profiled?.prepare(engine);
  const container = runContainer(experiment, {
    engine,
    trackers: limits.recorded && chief ? options.trackers : [],
  });
  const callbacks = resolveAll(container, tokens.Callback);
  const dataset = container.resolve(tokens.Dataset);
  const splits = limits.splits({
    train: await dataset.open('train', { report, signal }),
    valid: await dataset.open('valid', { report, signal }),
  });
  const end = new RunEnd(limits, signal, worker);
  const training = await Training.prepare(experiment, engine, splits, limits, end);
  reportSkipped(training.skippedImages, report);
  let checkpoints: RunCheckpoints | undefined;
  let at = beginning();
  let status: RunStatus = 'FAILED';
  try {
    const details = { params: limits.params, source, runName, model: training.model };
    const description = await describeRun(experiment, splits, engine, details);
    const { checkpoints: folder, resume = false } = options;
    if (folder !== undefined && limits.recorded)
      checkpoints = new RunCheckpoints({ folder, description, source, training, engine, callbacks, report });
    const resumed = resume ? await checkpoints?.resume() : undefined;
    if (resumed) at = resumed.position;
    await training.checkAgreement({ step: at.step, facts: [description.params, digestsOf(splits)] });
    profiled?.check(Math.min(training.stepsPerEpoch * epochs - at.step, end.stepsLeft(at.step)));

    for (const tracker of resolveAll(container, tokens.Tracker)) {
      const { name } = tracker;
      const run = await tracker.start({
        ...description,
        parent: parents[name],
        resume: resumed?.trackers[name],
      });
      runs.push(run);
      checkpoints?.track(name, run);
    }
    const run = { description, training, engine, source, limits: options.limits, beginsAt: at.step };
    await record.begin(run, at.history);
    const { stepsPerEpoch, batches } = training;
    let shown = performance.now();
    let stop = resumed !== undefined && (await options.onResume?.(at.history)) === 'stop';
    limits.start();

    for (; at.epoch < epochs && end.stepsLeft(at.step) > 0 && !stop; at.epoch++) {
      const { epoch, metrics } = at;
      const history = at.history.map(({ valid }) => valid);
      await training.begin(epoch, at.batch, signal);
      const start = performance.now();
      const before = metrics.examples;
      const speed = () => {
        const seconds = (performance.now() - start) / 1000;
        return { seconds, imagesPerSecond: (metrics.examples - before) / seconds };
      };
      let learningRate = NaN;
      let waited = 0;
      while (at.batch < batches && end.stepsLeft(at.step) > 0) {
        end.throwIfInterrupted();
        const progress = { step: at.step, epoch, stepsPerEpoch, epochs: experiment.epochs, history };
        const call = () => training.steps(at.batch, progress, end.stepsLeft(at.step));
        for (const result of await (profiled?.call(call) ?? call())) {
          at.step++;
          at.batch += result.batches;
          waited += result.waited;
          ({ learningRate } = result);
          if (result.skipped) metrics.skipped++;
          else if (Number.isFinite(result.loss)) metrics.add(result);
          else throw new Error(await diverged(training, result, at));
          record.step(result, at.step);
        }
        if (onStep && performance.now() - shown >= PROGRESS_EVERY) {
          shown = performance.now();
          const { step, batch } = at;
          const position = { epoch, epochs, batch, batches, step };
          const { imagesPerSecond } = speed();
          onStep({ ...position, ...metrics.means, learningRate, imagesPerSecond });
        }
      }
      const { seconds, imagesPerSecond } = speed();
      if (metrics.examples === 0) {
        if (metrics.skipped > 0) throw new Error(nothingLearned(at));
        break; // the time was over before the first step
      }
      const result: EpochResult = {
        epoch,
        step: at.step,
        train: metrics.means,
        valid: await training.evaluate(),
        learningRate,
        seconds,
        imagesPerSecond,
        stall: waited / seconds,
        skipped: metrics.skipped,
      };
      record.epoch(result);
      const whole = at.batch === batches;
      if (whole) {
        at.history.push(result);
        stop = callbacks.map((callback) => callback.epochEnd(result)).includes('stop');
        Object.assign(at, { batch: 0, metrics: new RunningMetrics() });
      }
      if (chief) await checkpoints?.save({ ...at, epoch: whole ? epoch + 1 : epoch });
      status = 'FINISHED'; // if the caller leaves the loop here
      yield result;
      status = 'FAILED';
      if (!whole) break;
    }
    status = 'FINISHED';
  } catch (error) {
    const interrupted = error === end.interruption; // it came between two steps
    if (interrupted || signal?.aborted) status = 'KILLED';
    if (interrupted && chief) await checkpoints?.save(at);
    throw error;
  } finally {
    await profiled?.end();
    await checkpoints?.settled();
    await record.end(status, checkpoints);
    training.dispose();
    await container.dispose();
    if (!options.engine) await engine.dispose();
  }
}

/** Of images that are left out, so many are named. */
const NAMED = 20;

function reportSkipped(skipped: readonly string[], report: TrainOptions['report']): void {
  if (skipped.length === 0) return;
  report?.(skipped.length === 1 ? 'one image is left out:' : `${skipped.length} images are left out:`);
  for (const line of skipped.slice(0, NAMED)) report?.(line);
  if (skipped.length > NAMED) report?.(`and ${skipped.length - NAMED} more`);
}

const digestsOf = ({ train, valid }: Splits) => [train.digest, valid.digest];

async function diverged(
  training: Training,
  { loss, learningRate, batches }: StepResult,
  { step, epoch, batch }: Position,
): Promise<string> {
  const examples = await training.examplesOf(epoch, batch - batches, batch);
  return (
    `The loss is ${loss} at step ${step} (epoch ${epoch + 1}, batch ${batch}, learning rate ${learningRate}): training has ` +
    `diverged. Lower the learning rate, or look at the examples of that batch in the train split: ${examples.join(', ')}. ` +
    "onNonFinite: 'skip' leaves out such steps."
  );
}

const nothingLearned = ({ epoch, step }: Position) =>
  `All steps of epoch ${epoch + 1} were skipped, up to step ${step}: no loss was finite. Lower the learning rate.`;
