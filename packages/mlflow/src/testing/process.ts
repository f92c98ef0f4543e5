import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { description, newName, serverUri } from './recorded.js';

/**
 * Starts a process that records a run with our sources.
 * @param script what it does with `run`
 */
export function spawnRun(
  directory: string,
  script: string,
  uri = serverUri,
): { readonly child: ChildProcess & { readonly stdout: Readable }; readonly name: string } {
  const source = new URL('../tracker.ts', import.meta.url);
  const started = `
    import { mlflow } from ${JSON.stringify(source.href)};
    const run = await mlflow(${JSON.stringify({ directory, uri })}).start(JSON.parse(process.argv[1]));
    ${script}`;
  const arguments_ = ['--import', 'tsx', '--input-type=module', '--eval', started];
  const { experiment, params, tags } = description(newName('process'));
  const child = spawn(
    process.execPath,
    [...arguments_, JSON.stringify({ experiment, params, tags, datasets: {} })],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    },
  );
  return { child, name: experiment.name };
}
