import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const program = fileURLToPath(new URL('../conformance/run.mjs', import.meta.url));

interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly excluded: number;
  readonly failures: readonly string[];
}

async function run(...args: readonly string[]): Promise<Outcome> {
  const running = promisify(execFile)(process.execPath, [program, ...args], { maxBuffer: 64 << 20 });
  const { stdout } = await running.catch((error: { stdout: string }) => error);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Outcome;
}

describe("tfjs-core's own tests", () => {
  it('pass on this backend', async () => {
    const { failures, passed } = await run();
    expect(failures).toEqual([]);
    expect(passed).toBeGreaterThan(4150);
  }, 120_000);

  it('pass with every kernel a compiled function', async () => {
    const { failures, passed } = await run('--compiled');
    expect(failures).toEqual([]);
    expect(passed).toBeGreaterThan(4000);
  }, 240_000);

  it('are left out only where tfjs-node leaves them out', async () => {
    const { exclusions } = (await import(new URL('../conformance/exclusions.mjs', import.meta.url).href)) as {
      exclusions: Readonly<Record<string, readonly string[]>>;
    };
    const list = createRequire(import.meta.url).resolve('@tensorflow/tfjs-node-gpu/dist/run_tests.js');
    const [, ignored] = /IGNORE_LIST = \[(.*?)\n\];/s.exec(readFileSync(list, 'utf8'))!;
    const theirs = Array.from(ignored!.matchAll(/'(.+)'/g), ([, name]) => name!);
    const ours = Object.values(exclusions).flat();
    expect(ours.filter((name) => !theirs.some((part) => name.includes(part)))).toEqual([]);
  });
});
