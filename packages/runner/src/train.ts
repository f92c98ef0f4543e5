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
import { describeRun } from './describe.js';
import { threadsFor } from './threads.js';
import { RunningMetrics, type StepResult, Training } from './training.js';

export interface TrainOptions {
  /** Where the run is recorded. Default: nowhere. */
  readonly trackers?: readonly Tracker[];
  /** Default: TensorFlow's runtime. */
  readonly engine?: Engine;
  /** Aborting it ends the run after the step in flight: trackers are told KILLED, and `train` throws its reason. */
  readonly signal?: AbortSignal;
  /**
   * Folder for this run's checkpoints: one after each epoch, and one where `signal` ends the run; the newest two are
   * kept. They are written while training goes on. Default: none.
   */
  readonly checkpoints?: string;
  /** Goes on from the newest whole checkpoint in `checkpoints`, if there is one, with the same bits. Default false. */
  readonly resume?: boolean;
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

/** Steps between two records of a batch's metrics. */
const RECORD_EVERY = 50;
/** Milliseconds between two calls of `onStep`. */
const PROGRESS_EVERY = 100;

/**
 * Trains an experiment, an epoch at a time. Leaving the loop early ends the run as FINISHED.
 *
 * @example
 * for await (const epoch of train(experiment)) console.log(epoch.valid.top1);
 *
 * Throws when the data cannot be had, does not fit the model, or the loss is no longer a number.
 */
export async function* train(
  experiment: Experiment,
  options: TrainOptions = {},
): AsyncGenerator<EpochResult, void, void> {
  const { report, signal, onStep } = options;
  const { epochs } = experiment;
  const engine = options.engine ?? (await tensorflow({ report, signal, ...threadsFor(experiment) }));
  const container = runContainer(experiment, { engine, trackers: options.trackers });
  const callbacks = resolveAll(container, tokens.Callback);
  const dataset = container.resolve(tokens.Dataset);
  const splits = {
    train: await dataset.open('train', { report, signal }),
    valid: await dataset.open('valid', { report, signal }),
  };
  const training = await Training.prepare(experiment, engine, splits);
  const runs: TrackedRun[] = [];
  let checkpoints: RunCheckpoints | undefined;
  let at = beginning();
  let status: RunStatus = 'FAILED';
  try {
    const { checkpoints: folder, resume = false } = options;
    const parts = { experiment, engine, training, callbacks, report: report ?? (() => undefined) };
    if (folder !== undefined) checkpoints = new RunCheckpoints({ folder, ...parts });
    const resumed = resume ? await checkpoints?.resume() : undefined;
    if (resumed) at = resumed.position;

    const description = await describeRun(experiment, splits, engine);
    for (const tracker of resolveAll(container, tokens.Tracker)) {
      const run = await tracker.start({ ...description, resume: resumed?.trackers[tracker.name] });
      runs.push(run);
      checkpoints?.track(tracker.name, run);
    }
    const record = (values: Record<string, number>) => runs.forEach((run) => run.metrics(values, at.step));
    const { stepsPerEpoch } = training;
    const { batches } = training.input;
    let shown = performance.now();

    for (; at.epoch < epochs; at.epoch++) {
      const { epoch, history, metrics } = at;
      const start = performance.now();
      const before = metrics.examples;
      const imagesPerSecond = () => (1000 * (metrics.examples - before)) / (performance.now() - start);
      let learningRate = NaN;
      await training.input.seek(epoch, at.batch);
      while (at.batch < batches) {
        signal?.throwIfAborted();
        const progress = { step: at.step, epoch, stepsPerEpoch, epochs, history };
        for (const result of await training.steps(at.batch, progress)) {
          at.step++;
          at.batch += result.batches;
          ({ learningRate } = result);
          if (!Number.isFinite(result.loss)) throw new Error(diverged(result, at));
          metrics.add(result);
          if (at.step % RECORD_EVERY === 0) record(stepMetrics(result));
        }
        if (onStep && performance.now() - shown >= PROGRESS_EVERY) {
          shown = performance.now();
          const { step, batch } = at;
          const position = { epoch, epochs, batch, batches, step };
          onStep({ ...position, ...metrics.means, learningRate, imagesPerSecond: imagesPerSecond() });
        }
      }
      const speed = imagesPerSecond();
      const seconds = (performance.now() - start) / 1000;
      const valid = await training.evaluate(signal);
      const result: EpochResult = {
        epoch,
        step: at.step,
        train: metrics.means,
        valid,
        learningRate,
        seconds,
        imagesPerSecond: speed,
      };
      record(epochMetrics(result));
      history.push(valid);
      const stop = callbacks.map((callback) => callback.epochEnd(result)).includes('stop');
      Object.assign(at, { batch: 0, metrics: new RunningMetrics() });
      await checkpoints?.save({ ...at, epoch: epoch + 1 });
      status = 'FINISHED'; // if the caller leaves the loop here
      yield result;
      status = 'FAILED';
      if (stop) break;
    }
    status = 'FINISHED';
  } catch (error) {
    if (signal?.aborted) status = 'KILLED';
    if (error === signal?.reason) await checkpoints?.save(at); // it came between two steps
    throw error;
  } finally {
    await checkpoints?.settled();
    training.dispose();
    await Promise.all(runs.map((run) => run.end(status)));
    await container.dispose();
    if (!options.engine) await engine.dispose();
  }
}

const epochMetrics = ({ epoch, train, valid, imagesPerSecond }: EpochResult) => ({
  epoch: epoch + 1,
  'train/loss': train.loss,
  'train/top1': train.top1,
  'valid/loss': valid.loss,
  'valid/top1': valid.top1,
  images_per_second: imagesPerSecond,
});

const stepMetrics = ({ loss, correct, size, learningRate, norms }: StepResult) => ({
  'batch/loss': loss / size,
  'batch/top1': correct / size,
  learning_rate: learningRate,
  ...(norms && { gradient_norm: norms.gradient, weight_norm: norms.weight }),
});

const diverged = ({ loss, learningRate }: StepResult, { step, epoch, batch }: Position) =>
  `The loss is ${loss} at step ${step} (epoch ${epoch + 1}, batch ${batch}, learning rate ${learningRate}): training has diverged. ` +
  'Lower the learning rate, or look at the images of that batch.';
