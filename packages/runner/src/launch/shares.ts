import { countGpus } from '@paperlab/engine';
import { availableParallelism } from 'node:os';

/** What part of the machine one of several processes has: GPUs of its own, or else as many cores as the others. */
export function sharesOf(index: number, count: number): Record<string, string> {
  const gpus = visibleGpus();
  if (gpus.length === 0) {
    const threads = Math.max(1, Math.floor(availableParallelism() / count));
    return { TF_NUM_INTRAOP_THREADS: process.env['TF_NUM_INTRAOP_THREADS'] ?? `${threads}` };
  }
  if (gpus.length < count)
    throw new Error(
      `${count} processes need a GPU each, and there are ${gpus.length}. Start ${gpus.length}, or set CUDA_VISIBLE_DEVICES= to use the CPU.`,
    );
  const each = Math.floor(gpus.length / count);
  return { CUDA_VISIBLE_DEVICES: gpus.slice(index * each, (index + 1) * each).join() };
}

function visibleGpus(): string[] {
  const chosen = process.env['CUDA_VISIBLE_DEVICES'];
  if (chosen !== undefined) return chosen.split(',').filter((gpu) => gpu !== '' && gpu !== '-1');
  return Array.from({ length: countGpus() }, (_, i) => `${i}`);
}
