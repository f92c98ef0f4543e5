import type { EpochResult, Tracker } from '@paperlab/core';
import { once } from 'node:events';
import type { StepProgress } from '../train.js';
import { bullmq, QUEUE, type Redis } from './redis.js';
import { reportOnce, type VariantProgress } from './redis-workers.js';
import { runVariantJob, type VariantJob, variantJobSchema } from './variant-job.js';

/** Milliseconds after which a worker that does not say that it is there is taken for lost. */
const LOST = 15_000;
/** Milliseconds between looks for lost ones. */
const LOOK = 5_000;
/** Workers that a variant may lose; it is FAILED with the next. */
const LOSSES = 3;

export interface RedisWorkerOptions {
  readonly trackers?: readonly Tracker[];
  /** Aborting it ends the training in flight after its step, with a checkpoint; the variant is another worker's then. */
  readonly signal: AbortSignal;
  readonly report: (line: string, variant?: string) => void;
  readonly onEpoch?: (variant: string, epoch: EpochResult, epochs: number) => void;
  readonly onStep?: (variant: string, progress: StepProgress) => void;
}

/** Trains variants that studies give to a Redis, one after the other, until it is aborted. */
export async function workForRedis(redis: Redis, options: RedisWorkerOptions): Promise<void> {
  const { signal, report, onStep, onEpoch, trackers } = options;
  const { Worker, WaitingError } = await bullmq();
  /** Aborted where the variant in flight has become another worker's. */
  let lost = new AbortController();
  const worker = new Worker<VariantJob, void>(
    QUEUE,
    async (job, token) => {
      const variantJob = variantJobSchema.parse(job.data);
      const { variant } = variantJob;
      const say = (progress: VariantProgress) => void job.updateProgress(progress).catch(() => {});
      lost = new AbortController();
      report(`begins${job.stalledCounter > 0 ? ', where another worker was lost' : ''}`, variant);
      try {
        const { status } = await runVariantJob(variantJob, {
          trackers,
          signal: AbortSignal.any([signal, lost.signal]),
          report(line) {
            report(line, variant);
            say({ report: line });
          },
          onEpoch(epoch, epochs) {
            onEpoch?.(variant, epoch, epochs);
            say({ epoch });
          },
          onStep: (progress) => onStep?.(variant, progress),
        });
        report(status, variant);
      } catch (error) {
        if (signal.aborted && !lost.signal.aborted) {
          await job.moveToWait(token);
          throw new WaitingError();
        }
        report(`FAILED: ${(error as Error).message}`, variant);
        throw error;
      }
    },
    {
      connection: redis.connection,
      lockDuration: LOST,
      stalledInterval: LOOK,
      maxStalledCount: LOSSES,
    },
  );
  worker.on('error', reportOnce(redis, report));
  worker.on('lockRenewalFailed', () =>
    lost.abort(new Error('this worker was taken for lost, and the variant given to another')),
  );
  await worker.waitUntilReady();
  if (!signal.aborted) await once(signal, 'abort');
  // Without a Redis there is nobody to take leave of.
  if (!(await redis.answers())) await worker.disconnect();
  else await worker.close();
}
