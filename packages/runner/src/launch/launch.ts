import getPort from 'get-port';
import { setTimeout as sleep } from 'node:timers/promises';
import { tfConfigOf } from '../tf-config.js';
import { sharesOf } from './shares.js';
import { type WorkerEnd, WorkerProcess } from './worker-process.js';

export interface LaunchOptions {
  /** Processes on this machine, 1 or more. */
  readonly workers: number;
  /** How often a run that lost a worker is started again. */
  readonly maxRestarts: number;
  /** Whether it is started again without the workers that were lost. */
  readonly elastic: boolean;
  /**
   * The program of a worker.
   * @param checkpoints the folder to go on from, after a loss
   */
  readonly command: (checkpoints: string | undefined) => readonly string[];
  /** Told, a line at a time, what becomes of the workers. */
  readonly report: (line: string) => void;
  /** Takes who is told of signals: all workers are told of them too, and then nothing is started again. */
  readonly onSignal: (listener: (signal: NodeJS.Signals) => void) => void;
}

/** Seconds that the others have to notice that one is lost: they do within 10. */
const NOTICE = 15;

/**
 * Runs several workers on this machine until all have ended, and again from the last checkpoint where one was lost.
 * @returns the exit code: 0 if all finished
 */
export async function launch(options: LaunchOptions): Promise<number> {
  const { maxRestarts, elastic, report, onSignal } = options;
  let count = options.workers;
  let checkpoints: string | undefined;
  let running: readonly WorkerProcess[] = [];
  let interrupted: NodeJS.Signals | undefined;
  onSignal((signal) => {
    interrupted = signal;
    for (const worker of running) worker.send(signal);
  });
  for (let restarts = 0; ; restarts++) {
    running = await started(count, checkpoints, options);
    const ends = await ended(running);
    checkpoints = running[0]!.checkpoints ?? checkpoints;
    if (ends.every((end) => end === 'finished')) return 0;
    if (interrupted) return interrupted === 'SIGINT' ? 130 : 143;
    if (ends.includes('interrupted')) return 143;
    // Where one was killed early, those that do not answer were waiting for it to start.
    const cause = ends.includes('killed') ? 'killed' : 'unresponsive';
    const lost = running.filter((_, i) => ends[i] === cause);
    if (ends.includes('failed') || lost.length === 0) return 1;
    const what = lost.map(({ index, pid, reason }) => `worker ${index} (pid ${pid}) ${reason}`).join(', ');
    if (restarts === maxRestarts) {
      const after = maxRestarts === 0 ? '' : `, after ${maxRestarts} restarts`;
      report(`${what}${after}: the run has ended${resumeWith(checkpoints)}`);
      return 1;
    }
    if (elastic) count = Math.max(1, count - lost.length);
    const from = checkpoints ?? 'the beginning';
    report(`${what}: ${workersText(count)} from ${from}, restart ${restarts + 1} of ${maxRestarts}`);
  }
}

const workersText = (count: number) => (count === 1 ? '1 worker goes on' : `${count} workers go on`);
const resumeWith = (checkpoints: string | undefined) =>
  checkpoints === undefined ? '' : `; --checkpoints ${checkpoints} --resume goes on from its last checkpoint`;

async function started(
  count: number,
  checkpoints: string | undefined,
  { command, report }: LaunchOptions,
): Promise<WorkerProcess[]> {
  const ports = await Promise.all(Array.from({ length: count }, () => getPort()));
  const addresses = ports.map((port) => `127.0.0.1:${port}`);
  return addresses.map((_, index) => {
    const own = { TF_CONFIG: tfConfigOf(addresses, index), ...sharesOf(index, count) };
    return new WorkerProcess({
      index,
      command: command(checkpoints),
      environment: { ...process.env, ...own },
      report,
    });
  });
}

/** How all have ended. Once one has not ended well, those are ended that do not notice it by themselves. */
async function ended(workers: readonly WorkerProcess[]): Promise<WorkerEnd[]> {
  const all = Promise.all(workers.map((worker) => worker.ended));
  const notWell = new Promise<void>((resolve) => {
    for (const { ended } of workers) void ended.then((end) => end !== 'finished' && resolve());
  });
  await Promise.race([all, notWell]);
  const over = new AbortController();
  void all.then(() => over.abort());
  await sleep(1000 * NOTICE, undefined, { signal: over.signal }).catch(() => undefined);
  for (const worker of workers) if (!worker.hasEnded) worker.end();
  return all;
}
