import type { EpochResult } from '@paperlab/core';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { sharesOf } from '../launch/shares.js';
import type { StepProgress } from '../train.js';
import type { Workers } from './run-study.js';
import type { VariantOptions } from './run-variant.js';
import type { VariantResult } from './store.js';
import type { VariantJob } from './variant-job.js';

/** What a process that trains a variant says of it; the last one is `result` or `error`. */
export type VariantMessage =
  | { readonly report: string }
  | { readonly epoch: EpochResult }
  | { readonly step: StepProgress }
  | { readonly result: VariantResult }
  | { readonly error: string };

/** What it is told: to end after the step in flight. */
export const ABORT = 'abort';

/**
 * Trains each variant in a process of its own, several at a time, which share the machine's cores or GPUs.
 * @param command the program and its arguments; a `VariantJob` as JSON follows
 */
export function variantProcesses(
  count: number,
  command: readonly string[],
  study: Pick<VariantJob, 'file' | 'set' | 'folder'>,
): Workers {
  return {
    count,
    async run(variant, options, index) {
      const job: VariantJob = { ...study, variant, parents: { ...options.parents } };
      const [program, ...args] = command as [string, ...string[]];
      const child = spawn(program, [...args, JSON.stringify(job)], {
        env: { ...process.env, ...sharesOf(index, count) },
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        serialization: 'advanced', // JSON has no NaN
      });
      return followed(child, options);
    },
  };
}

/** @throws if the process does not come to a result */
async function followed(
  child: ChildProcess,
  { signal, report, onEpoch, onStep }: VariantOptions,
): Promise<VariantResult> {
  let end: { readonly result: VariantResult } | { readonly error: string } | undefined;
  child.on('message', (message: VariantMessage) => {
    if ('report' in message) report?.(message.report);
    else if ('epoch' in message) onEpoch?.(message.epoch);
    else if ('step' in message) onStep?.(message.step);
    else end = message;
  });
  // What libraries and the user's own file print.
  for (const stream of [child.stdout!, child.stderr!])
    createInterface(stream).on('line', (line) => report?.(line));
  const abort = () => child.connected && child.send(ABORT, () => undefined);
  signal?.addEventListener('abort', abort);
  try {
    if (signal?.aborted) abort();
    const [code, killedBy] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    signal?.throwIfAborted();
    if (!end)
      throw new Error(
        `its process ${killedBy ? `was killed by ${killedBy}` : `ended with exit code ${code}`}`,
      );
    if ('error' in end) throw new Error(end.error);
    return end.result;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
