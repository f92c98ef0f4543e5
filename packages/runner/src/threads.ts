import { type Experiment, summary } from '@paperlab/core';

/** Multiply-accumulates of a layer's forward pass, on a batch, below which a second thread costs more than it computes. */
const WORTH_A_THREAD = 50e6;

/**
 * How many threads TensorFlow should use within one op, which `train` sets when it starts TensorFlow. Small networks (LeNet-5) are faster with one, leaving the
 * other cores to ops that run beside each other and to the input; all others use every core.
 */
export function threadsFor({ model, batchSize }: Pick<Experiment, 'model' | 'batchSize'>): {
  readonly intraOpThreads?: number;
} {
  const { rows } = summary(model);
  const largest = Math.max(...rows.map(({ macs }) => macs));
  return largest * batchSize < WORTH_A_THREAD ? { intraOpThreads: 1 } : {};
}
