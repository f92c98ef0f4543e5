import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** The exit code of a worker that ended because another was lost: `EX_TEMPFAIL` of sysexits.h. */
export const PEER_LOST = 75;

export interface WorkerOptions {
  readonly index: number;
  /** The program and its arguments. */
  readonly command: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /** Told, a line at a time, what a worker that is not the chief has to say. */
  readonly report: (line: string) => void;
}

/**
 * How a worker ended: well, interrupted, by an error of its own, because another was lost, killed by somebody else, or by its
 * launcher, because it did not end although the others had.
 */
export type WorkerEnd = 'finished' | 'interrupted' | 'failed' | 'peer lost' | 'killed' | 'unresponsive';

/**
 * One worker of several on this machine. The chief has this process's output; of the others only errors are shown. It ends when
 * this process does, however that ends.
 */
export class WorkerProcess {
  readonly index: number;
  /** Where the chief writes checkpoints, once it has said it. */
  checkpoints: string | undefined;
  readonly ended: Promise<WorkerEnd>;
  hasEnded = false;
  /** What ended it, once it has ended: `was killed by SIGKILL`. */
  reason = '';
  readonly #process: ChildProcess;
  #unresponsive = false;

  constructor({ index, command, environment, report }: WorkerOptions) {
    const [program, ...args] = command as [string, ...string[]];
    const chief = index === 0;
    this.index = index;
    this.#process = spawn(program, args, {
      env: environment,
      stdio: ['ignore', chief ? 'inherit' : 'ignore', chief ? 'inherit' : 'pipe', 'ipc'],
    });
    const { stderr } = this.#process;
    if (stderr) createInterface(stderr).on('line', (line) => report(`worker ${index}: ${line}`));
    this.#process.on('message', (message: { readonly checkpoints?: string }) => {
      this.checkpoints = message.checkpoints;
    });
    this.ended = once(this.#process, 'close').then(([code, signal]) =>
      this.#endOf(code as number | null, signal as NodeJS.Signals | null),
    );
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  send(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Ends one that does not end by itself: it is stopped, or waits for another. */
  end(): void {
    this.#unresponsive = true;
    this.#process.kill('SIGKILL');
  }

  #endOf(code: number | null, signal: NodeJS.Signals | null): WorkerEnd {
    this.hasEnded = true;
    this.reason = this.#unresponsive
      ? 'did not answer'
      : signal
        ? `was killed by ${signal}`
        : `ended with exit code ${code}`;
    if (this.#unresponsive) return 'unresponsive';
    if (signal) return 'killed';
    if (code === 0) return 'finished';
    if (code === 130 || code === 143) return 'interrupted';
    return code === PEER_LOST ? 'peer lost' : 'failed';
  }
}
