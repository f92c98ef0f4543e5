import { beforeAll, describe, expect, it } from '@jest/globals';
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

describe("tfjs-core's own tests", () => {
  let outcome: Outcome;
  beforeAll(async () => {
    const run = promisify(execFile)(process.execPath, [program], { maxBuffer: 64 << 20 });
    const { stdout } = await run.catch((error: { stdout: string }) => error);
    outcome = JSON.parse(stdout.trim().split('\n').at(-1)!) as Outcome;
  }, 120_000);

  it('pass on this backend', () => {
    expect(outcome.failures).toEqual([]);
    expect(outcome.passed).toBeGreaterThan(3900);
  });

  it('are left out only where tfjs-node leaves them out', async () => {
    const { exclusions } = (await import(new URL('../conformance/exclusions.mjs', import.meta.url).href)) as {
      exclusions: Readonly<Record<string, readonly string[]>>;
    };
    const list = createRequire(import.meta.url).resolve('@tensorflow/tfjs-node-gpu/dist/run_tests.js');
    const text = readFileSync(list, 'utf8');
    expect(
      Object.values(exclusions)
        .flat()
        .filter((name) => !text.includes(`'${name}'`)),
    ).toEqual([]);
  });
});
