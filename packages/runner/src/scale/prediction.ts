import { BUCKET_BYTES } from '@paperlab/core';

/** One device's step, and what it must be summed over. */
export interface Measured {
  /** Seconds of a step on one device. */
  readonly stepTime: number;
  /** Bytes of the gradients. */
  readonly gradientBytes: number;
}

/** What N devices are predicted to do. */
export interface ScalePrediction {
  readonly devices: number;
  /** Seconds that the gradients take on the link. */
  readonly reductionTime: number;
  /** Seconds of a step. */
  readonly stepTime: number;
  /** Of what as many devices would do that had nothing to sum, 0..1. */
  readonly efficiency: number;
  /** Of the step's time in which gradients are summed and nothing is computed, 0..1. */
  readonly reductionShare: number;
}

/** Of a step's time: the gradients by weights and by inputs are two of its three products, and the sums run beside them. */
const BACKWARD = 2 / 3;
/**
 * The step of N devices, each with the batch that one was measured with, over a link of `bandwidth` bytes a second each way between
 * neighbours in the ring.
 *
 * A ring sends 2 (N - 1) / N of the gradients over each link (Patarasuk and Yuan, "Bandwidth optimal all-reduce algorithms for
 * clusters of workstations", 2009, Section 4). Of that time the step sees what is longer than the backward pass, and at least the
 * last bucket's. Waiting for the slowest, and the latency of each message, are not in it.
 */
export function predict(
  { stepTime, gradientBytes }: Measured,
  devices: number,
  bandwidth: number,
): ScalePrediction {
  const reductionTime = (2 * (devices - 1) * gradientBytes) / devices / bandwidth;
  // Nothing is computed any more when the last one is summed.
  const lastBucket = reductionTime * Math.min(1, BUCKET_BYTES / gradientBytes);
  const seen = Math.max(lastBucket, reductionTime - BACKWARD * stepTime);
  const total = stepTime + seen;
  return {
    devices,
    reductionTime,
    stepTime: total,
    efficiency: stepTime / total,
    reductionShare: seen / total,
  };
}
