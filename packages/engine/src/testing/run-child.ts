import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** How a child process ended, and the values that it reported. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  readonly reports: readonly Report[];
}
export type Report = Readonly<Record<string, unknown>>;

export interface Child {
  readonly process: ChildProcess;
  readonly ended: Promise<Ending>;
  /** The first report that has this key. */
  report(key: string): Promise<Report>;
}

/**
 * Runs a program of this folder in a process of its own: one runtime serves a process, so another number of devices or
 * a cluster needs another process. It reports by writing JSON objects, one a line.
 */
export function startChild(program: string, ...args: readonly string[]): Child {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const options = ['--import', 'tsx', '--conditions=@paperlab/source', '--no-warnings', path, ...args];
  const env = { ...process.env, NODE_OPTIONS: '', TF_CPP_MIN_LOG_LEVEL: '3', UV_THREADPOOL_SIZE: '16' };
  const child = spawn(process.execPath, options, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = createInterface(child.stdout);
  const reports: Report[] = [];
  let stderr = '';
  child.stderr.on('data', (text) => (stderr += text));
  lines.on('line', (line) => reports.push(JSON.parse(line) as Report));
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal, stderr, reports }) as Ending);
  return {
    process: child,
    ended,
    report: (key) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = reports.find((report) => key in report);
          if (found) resolve(found);
        };
        look();
        lines.on('line', look);
        void ended.then(() => reject(new Error(`${program} ended without reporting ${key}: ${stderr}`)));
      }),
  };
}

/** Runs a program of this folder to its end; returns its reports as one object. @throws what it wrote if it fails */
export async function runChild(program: string, ...args: readonly string[]): Promise<Report> {
  const { code, signal, stderr, reports } = await startChild(program, ...args).ended;
  if (code !== 0) throw new Error(`${program} ended with ${code ?? signal}: ${stderr}`);
  return Object.assign({}, ...reports) as Report;
}

/** What a child says to who started it. */
export const report = (values: Report) => console.log(JSON.stringify(values));
