import type { EpochResult } from '@paperlab/core';
import type { StepResult } from '../step-result.js';

/** Steps between two records of a batch's metrics. */
export const STEPS_BETWEEN = 50;

/** The metrics of an epoch. */
export const epochMetrics = ({ epoch, train, valid, imagesPerSecond, stall, skipped }: EpochResult) => ({
  epoch: epoch + 1,
  'train/loss': train.loss,
  'train/top1': train.top1,
  'valid/loss': valid.loss,
  'valid/top1': valid.top1,
  images_per_second: imagesPerSecond,
  stall,
  ...(skipped > 0 && { skipped }),
});

/** The metrics of a step. */
export const stepMetrics = ({ loss, correct, size, learningRate, norms }: StepResult) => ({
  'batch/loss': loss / size,
  'batch/top1': correct / size,
  learning_rate: learningRate,
  ...(norms && { gradient_norm: norms.gradient, weight_norm: norms.weight }),
});
