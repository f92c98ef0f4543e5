import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ip = (...args: string[]) => execFileSync('ip', args, { stdio: 'pipe' });
const NETWORKS = ['paperlab-a', 'paperlab-b'] as const;
const ADDRESSES = ['10.77.31.1', '10.77.31.2'] as const;
const PORT = 2222;

/** Two hosts, as far as their network is concerned, joined by a cable. */
function connect(): void {
  for (const name of NETWORKS) ip('netns', 'add', name);
  const [a, b] = NETWORKS;
  ip('link', 'add', 'paperlab0', 'netns', a, 'type', 'veth', 'peer', 'name', 'paperlab1', 'netns', b);
  NETWORKS.forEach((name, i) => {
    ip('-n', name, 'addr', 'add', `${ADDRESSES[i]}/24`, 'dev', `paperlab${i}`);
    ip('-n', name, 'link', 'set', `paperlab${i}`, 'up');
    ip('-n', name, 'link', 'set', 'lo', 'up');
  });
}

function disconnect(): void {
  for (const name of NETWORKS) {
    try {
      ip('netns', 'delete', name);
    } catch {
      // It is not there.
    }
  }
}

function canConnect(): string | undefined {
  if (process.getuid?.() !== 0) return 'needs root';
  try {
    disconnect();
    connect();
    return undefined;
  } catch (error) {
    return `needs network namespaces (ip: ${(error as Error).message.trim().split('\n').at(-1)})`;
  } finally {
    disconnect();
  }
}
const missing = canConnect();
const described = missing && process.env['CI'] !== 'true' ? describe.skip : describe;

described(`two hosts${missing ? ` (${missing})` : ''}`, () => {
  const paperlab = fileURLToPath(new URL('../../packages/runner/bin/paperlab.cjs', import.meta.url));
  const folder = mkdtempSync(join(fileURLToPath(new URL('.', import.meta.url)), '.test-'));
  beforeAll(() => {
    connect();
    writeFileSync(
      join(folder, 'experiment.ts'),
      `import { workers } from '@paperlab/core';
      import { smallExperiment } from '../small-experiment.js';
      export const experiment = smallExperiment(workers({ syncBatchNorm: true }), true, { epochs: Number(process.env.EPOCHS) });`,
    );
  });
  afterAll(() => {
    disconnect();
    rmSync(folder, { recursive: true });
  });

  /** Starts `paperlab train` on one of the hosts, or where there is no other. */
  function train(host: 0 | 1 | undefined, epochs: number, checkpoints: string) {
    const worker = ADDRESSES.map((address) => `${address}:${PORT}`);
    const config = JSON.stringify({ cluster: { worker }, task: { type: 'worker', index: host } });
    const command = [process.execPath, paperlab, 'train', 'experiment.ts', '--checkpoints', checkpoints];
    const [program, ...args] = [
      ...(host === undefined ? [] : ['ip', 'netns', 'exec', NETWORKS[host]]),
      ...command,
    ] as [string, ...string[]];
    const { NODE_OPTIONS: _, ...env } = process.env;
    const child = spawn(program, args, {
      cwd: folder,
      env: { ...env, EPOCHS: `${epochs}`, ...(host !== undefined && { TF_CONFIG: config }) },
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (text) => (output.stdout += text));
    child.stderr.on('data', (text) => (output.stderr += text));
    const ended = once(child, 'close').then(([status]) => ({ status: status as number | null, ...output }));
    return { child, output, ended };
  }

  const weights = (checkpoints: string) => {
    const [newest] = readdirSync(join(folder, checkpoints)).sort().reverse();
    const bytes = readFileSync(join(folder, checkpoints, newest!, 'weights.safetensors'));
    const header = Number(bytes.readBigUInt64LE()) + 8;
    return new Float32Array(new Uint8Array(bytes.subarray(header)).buffer);
  };

  it('train one network, as one host does', async () => {
    const both = ([0, 1] as const).map((host) => train(host, 4, 'both'));
    const [first, second] = await Promise.all(both.map(({ ended }) => ended));
    expect([first!.status, second!.status, first!.stderr + second!.stderr]).toEqual([0, 0, '']);
    expect(second!.stdout).toBe(
      'worker 1 (10.77.31.2:2222) trains, and worker 0 (10.77.31.1:2222) reports\n',
    );
    await train(undefined, 4, 'one').ended;
    const [learned, expected] = [weights('both'), weights('one')];
    const norm = (values: Float32Array) => Math.hypot(...values);
    expect(norm(learned.map((value, i) => value - expected[i]!)) / norm(expected)).toBeLessThan(1e-4);
  }, 120_000);

  it('notice within 10 s that the cable is cut', async () => {
    const both = ([0, 1] as const).map((host) => train(host, 100_000, 'cut'));
    while (!both[0]!.output.stdout.includes('epoch')) await new Promise((resolve) => setTimeout(resolve, 50));
    ip('-n', NETWORKS[1], 'link', 'set', 'paperlab1', 'down');
    const cut = performance.now();
    const ends = await Promise.all(
      both.map(async ({ ended }) => ({ ...(await ended), seconds: (performance.now() - cut) / 1000 })),
    );
    ends.forEach(({ status, stderr, seconds }, host) => {
      expect(stderr).toMatch(
        new RegExp(
          `Collectives have ended: worker ${1 - host} \\(${ADDRESSES[1 - host]}:2222\\) (is gone|does not answer)`,
        ),
      );
      expect(status).toBe(75);
      expect(seconds).toBeLessThan(10);
    });
  }, 120_000);
});
