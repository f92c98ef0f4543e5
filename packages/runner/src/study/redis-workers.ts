import type { EpochResult } from '@paperlab/core';
import type { Job, QueueEvents } from 'bullmq';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { bullmq, QUEUE, type Redis } from './redis.js';
import type { Workers } from './run-study.js';
import type { VariantJob } from './variant-job.js';

/** Seconds for which a job that has ended can be asked about. */
const KEPT = 3600;

/** What a worker says of a variant while it trains. */
export type VariantProgress = { readonly report: string } | { readonly epoch: EpochResult };

export interface RedisWorkers extends Workers {
  close(): Promise<void>;
}

/**
 * Has variants trained by the `paperlab worker`s of a Redis, on any machines: each is a job, by BullMQ. A job whose worker was killed is
 * given to another one, which goes on from the last checkpoint: so all must see the study's file and its folder under the same
 * paths. Where the study is aborted, variants that no worker has begun are taken back; the others are trained to their end, and
 * are found in the folder when the study goes on.
 * @param count how many variants there are at most
 */
export async function redisWorkers(
  redis: Redis,
  { file, set, folder }: Pick<VariantJob, 'file' | 'set' | 'folder'>,
  count: number,
  report: (line: string) => void,
): Promise<RedisWorkers> {
  const { Queue, QueueEvents } = await bullmq();
  const { connection } = redis;
  const queue = new Queue<VariantJob>(QUEUE, { connection });
  const events = new QueueEvents(QUEUE, { connection });
  const away = reportOnce(redis, report);
  queue.on('error', away);
  events.on('error', away);
  await events.waitUntilReady();
  if ((await queue.getWorkersCount()) === 0)
    report(`no worker waits at ${redis.name}: start some with paperlab worker --redis ${redis.name}`);
  const study = { file: resolve(file), set, folder: resolve(folder) };
  return {
    count,
    async run(variant, { parents = {}, store, signal, report, onEpoch }) {
      const jobId = createHash('sha256').update(`${study.folder}\n${variant}`).digest('hex').slice(0, 32);
      const former = await queue.getJob(jobId);
      if (former && ((await former.isCompleted()) || (await former.isFailed()))) await former.remove();
      const data: VariantJob = { ...study, variant, parents: { ...parents } };
      const kept = { removeOnComplete: { age: KEPT }, removeOnFail: { age: KEPT } };
      const told = progressOf(events, jobId, (progress) => {
        if ('report' in progress) report?.(progress.report);
        else onEpoch?.(progress.epoch);
      });
      try {
        const job = await queue.add(variant, data, { jobId, ...kept });
        await finished(job, events, signal);
      } finally {
        told();
      }
      const result = (await store.results()).find((each) => each.variant === variant);
      if (result) return result;
      throw new Error(
        `a worker has trained it, and there is no result in ${folder}: is that folder the same for all?`,
      );
    },
    async close() {
      await Promise.all([queue.close(), events.close()]);
    },
  };
}

/** @throws the error that a worker had, or the signal's reason */
async function finished(
  job: Job<VariantJob>,
  events: QueueEvents,
  signal: AbortSignal | undefined,
): Promise<void> {
  const ended = job.waitUntilFinished(events);
  if (!signal) return ended;
  signal.throwIfAborted();
  const over = new AbortController();
  const aborted = once(signal, 'abort', { signal: over.signal }).then(async () => {
    if (await job.isWaiting()) await job.remove();
    throw signal.reason;
  });
  ended.catch(() => {}); // when the other one came first
  aborted.catch(() => {});
  await Promise.race([ended, aborted]).finally(() => over.abort());
}

/** @returns stops listening */
function progressOf(events: QueueEvents, id: string, take: (progress: VariantProgress) => void): () => void {
  const listener = ({ jobId, data }: { jobId: string; data: unknown }) => {
    if (jobId === id) take(data as VariantProgress);
  };
  events.on('progress', listener);
  return () => void events.off('progress', listener);
}

/** Of a Redis that is away, once; BullMQ goes on when it is back. */
export function reportOnce({ name }: Redis, report: (line: string) => void): (error: Error) => void {
  let last: string | undefined;
  return ({ message }) => {
    if (message !== last) report(`Redis at ${name}: ${message}; waiting until it answers`);
    last = message;
  };
}
