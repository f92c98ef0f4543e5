import { type Engine, type Experiment, type Optimizer, parseOptions, wholeNumber } from '@paperlab/core';
import { tensorflow } from '@paperlab/engine';
import { z } from 'zod';
import { RunLimits } from './limits.js';
import { RunEnd } from './run-end.js';
import { threadsFor } from './threads.js';
import { Training } from './training.js';

export interface FindLearningRateOptions {
  /** The first learning rate. Default 1e-6. */
  readonly from?: number;
  /** The last one. Default 10. */
  readonly to?: number;
  /** Steps in all, each with a rate that is larger by the same factor. Default 100. */
  readonly steps?: number;
  /** Default: TensorFlow's runtime. */
  readonly engine?: Engine;
  readonly signal?: AbortSignal;
  /** Told, a line at a time, what happens before the first step. Default: silent. */
  readonly report?: (line: string) => void;
  /** Told after each step. */
  readonly onStep?: (point: LearningRatePoint) => void;
}

export interface LearningRatePoint {
  readonly learningRate: number;
  /** Of the batch, averaged over the steps before with a decay of 0.98, as fastai and Lightning do. */
  readonly loss: number;
}

export interface LearningRateRange {
  /** Up to where the loss grew to four times the lowest, or was no longer a number. */
  readonly points: readonly LearningRatePoint[];
  /** Where the loss falls fastest; undefined where it falls nowhere. */
  readonly suggestion: number | undefined;
}

const rate = z.number('a number above 0').gt(0, 'a number above 0');
const schema = z.strictObject({
  from: rate.default(1e-6),
  to: rate.default(10),
  steps: wholeNumber(20).default(100),
});

const DECAY = 0.98;
/** Times the lowest loss at which the test ends. */
const TOO_HIGH = 4;
/** Steps at the beginning that the suggestion leaves out: their average has few losses in it. */
const FIRST = 10;

/**
 * Trains a fresh model for a few steps while the learning rate grows, to show for which rates the loss falls (Smith,
 * "Cyclical learning rates for training neural networks", 2017, section 3.3). Nothing is recorded. The experiment's
 * schedule is put aside; everything else of it is as in training.
 * @throws if an option is wrong, or as `train` does
 */
export async function findLearningRate(
  experiment: Experiment,
  { engine: given, signal, report, onStep, ...range }: FindLearningRateOptions = {},
): Promise<LearningRateRange> {
  const { from, to, steps } = parseOptions(schema, range, 'findLearningRate');
  if (to <= from) throw new Error(`findLearningRate: to is ${to}; it must be above from, ${from}`);
  const rateAt = (step: number) => from * (to / from) ** (step / (steps - 1));
  const tested = { ...experiment, optimizer: withRates(experiment.optimizer, rateAt) };
  const engine = given ?? (await tensorflow({ report, signal, ...threadsFor(experiment) }));
  const train = await experiment.dataset.open('train', { report, signal });
  const limits = new RunLimits({}, tested);
  const end = new RunEnd(limits, signal, undefined);
  const training = await Training.prepare(tested, engine, { train, valid: train }, limits, end);
  const points: LearningRatePoint[] = [];
  try {
    const { stepsPerEpoch } = training;
    let average = 0;
    let lowest = Infinity;
    for (let step = 0, batch = 0, epoch = 0; step < steps; step++) {
      signal?.throwIfAborted();
      if (batch === 0) await training.begin(epoch, 0, signal);
      const progress = { step, epoch, stepsPerEpoch, epochs: experiment.epochs, history: [] };
      const result = (await training.steps(batch, progress, 1))[0]!;
      average = DECAY * average + (1 - DECAY) * (result.loss / result.size);
      const point = { learningRate: rateAt(step), loss: average / (1 - DECAY ** (step + 1)) };
      if (!Number.isFinite(point.loss) || point.loss > TOO_HIGH * lowest) break;
      lowest = Math.min(lowest, point.loss);
      points.push(point);
      onStep?.(point);
      batch += result.batches;
      if (batch >= training.batches) [batch, epoch] = [0, epoch + 1];
    }
    return { points, suggestion: steepest(points) };
  } finally {
    training.dispose();
    if (!given) await engine.dispose();
  }
}

/** The optimizer with another learning rate at each step. */
function withRates(optimizer: Optimizer, rateAt: (step: number) => number): Optimizer {
  return {
    ...optimizer,
    hyperparameters(progress, scale = 1) {
      const { learningRate } = optimizer.hyperparameters(progress);
      if (learningRate === 0)
        throw new Error(
          `findLearningRate: the schedule of ${optimizer.name} begins with 0, which has no multiple`,
        );
      return optimizer.hyperparameters(progress, (scale * rateAt(progress.step)) / learningRate);
    },
  };
}

/** The learning rate at which the loss falls fastest from one step to the next but one. */
function steepest(points: readonly LearningRatePoint[]): number | undefined {
  const slopes = points
    .slice(1, -1)
    .map(({ learningRate }, i) => ({ learningRate, slope: points[i + 2]!.loss - points[i]!.loss }))
    .slice(FIRST);
  const best = slopes.reduce((a, b) => (b.slope < a.slope ? b : a), { learningRate: 0, slope: 0 });
  return best.slope < 0 ? best.learningRate : undefined;
}
