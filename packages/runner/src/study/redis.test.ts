import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import getPort from 'get-port';
import { paperlab, Workplace } from '../testing/workplace.js';
import { experimentFile } from '../testing/workplace.js';
import { findRedis } from './redis.js';

const there = spawnSync('redis-server', ['--version']).status === 0;
const [on, why] = there
  ? [describe, '']
  : [describe.skip, ' (skipped: there is no redis-server; apt-get install redis-server)'];

/** Four variants of a run that takes about a second an epoch, so that it can be killed in the middle. */
const STUDY = experimentFile(
  'epochs: 6,',
  `
import { study } from '@paperlab/core';
const slow: typeof quarters = { ...quarters, open: async (split) => ({ ...(await quarters.open(split)), digest: 'slow' }) };
const callbacks = [{ name: 'slow', epochEnd: () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300) as unknown as void }];
export default study({ ...experiment, dataset: slow, callbacks }, {
  base: {}, seed: { seed: 7 }, rate: { optimizer: adam({ learningRate: 0.01 }) }, broken: { callbacks: [{ name: 'broken', epochEnd: () => { throw new Error('it is broken'); } }] },
});`,
);

on(`a study over a real Redis${why}`, () => {
  let redis: ChildProcess;
  let url: string;
  let data: string;
  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), 'paperlab-redis-'));
    const port = await getPort({ host: '127.0.0.1' });
    const settings = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', data];
    redis = spawn('redis-server', ['--port', `${port}`, ...settings], { stdio: 'ignore' });
    url = `redis://127.0.0.1:${port}`;
    for (;;) {
      if (
        await findRedis(url).then(
          () => true,
          () => false,
        )
      )
        break;
      await sleep(50);
    }
  });
  afterAll(async () => {
    redis.kill();
    await once(redis, 'close');
    rmSync(data, { recursive: true });
  });

  let workplace: Workplace;
  beforeEach(() => {
    workplace = new Workplace();
    workplace.write('study.ts', STUDY);
  });
  afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL'); // of a test that failed
    workplace.remove();
  });
  const started: ChildProcess[] = [];
  const start = (...args: string[]) => {
    const running = workplace.start([process.execPath, paperlab, ...args]);
    started.push(running.child);
    return running;
  };
  const worker = () => start('worker', '--redis', url);
  const study = (...options: string[]) => start('study', 'study.ts', ...options);
  /** The variants' epochs, by what they have learned. */
  const results = (folder = newest()) =>
    ['base', 'seed', 'rate'].map((variant) =>
      JSON.parse(readFileSync(join(folder, variant, 'result.json'), 'utf8')).epochs.map(
        ({ train, valid }: { train: object; valid: object }) => [train, valid],
      ),
    );
  const newest = () => {
    const root = join(workplace.folder, '.paperlab/studies/quarters');
    return join(root, readdirSync(root).sort().at(-1)!);
  };

  it('a killed worker’s variant is taken over from its last checkpoint, and all learn what they learn here', async () => {
    const { ended, printed } = study('--redis', url);
    await printed(/no worker waits at redis:/);
    const first = worker();
    await first.printed(/waiting for variants[^]*epoch 2\/6/);
    process.kill(first.child.pid!, 'SIGKILL');
    await first.ended;
    const [second, third] = [worker(), worker()];
    await second.printed(/begins/);
    const { status, stdout, stderr } = await ended;
    expect(stderr).toMatch(/1 of 4 variants failed: broken; --resume trains them on/);
    expect(stdout).toMatch(/broken +failed: it is broken/);
    expect(status).toBe(1);
    const outputs = await Promise.all(
      [second, third].map(async (each) => {
        process.kill(each.child.pid!, 'SIGTERM');
        return each.ended;
      }),
    );
    expect(outputs.map(({ status }) => status)).toEqual([143, 143]);
    const said = outputs.map(({ stdout }) => stdout).join('');
    expect(said).toMatch(/begins, where another worker was lost[^]*going on from .*step-\d+/);

    const over = results();
    const alone = await study('--variant', 'base', 'seed', 'rate').ended;
    expect(alone).toMatchObject({ status: 0 });
    expect(over).toEqual(results());
  }, 180_000);

  it('what a worker gives back when it is interrupted goes on elsewhere', async () => {
    const running = study('--redis', url, '--variant', 'base');
    const first = worker();
    await first.printed(/epoch 1\/6/);
    process.kill(first.child.pid!, 'SIGINT');
    expect(await first.ended).toMatchObject({ status: 130 });
    const second = worker();
    expect(await running.ended).toMatchObject({ status: 0 });
    process.kill(second.child.pid!, 'SIGTERM');
    expect((await second.ended).stdout).toMatch(/going on from/);
  }, 120_000);

  it('an interrupted study takes back what no worker has begun, and finds the rest when it goes on', async () => {
    const interrupted = study('--redis', url, '--variant', 'base', 'seed');
    const only = worker();
    await only.printed(/epoch 1\/6/);
    process.kill(interrupted.child.pid!, 'SIGINT');
    expect(await interrupted.ended).toMatchObject({ status: 130 });
    await only.printed(/FINISHED/);
    process.kill(only.child.pid!, 'SIGTERM');
    const { stdout } = await only.ended;
    expect(stdout.match(/begins/g)).toHaveLength(1);
    const resumed = await study('--resume', '--variant', 'base', 'seed').ended;
    expect(resumed).toMatchObject({ status: 0 });
    expect(resumed.stdout).toMatch(/1 of 2 variants are done/);
    expect(existsSync(join(newest(), 'comparison.csv'))).toBe(true);
  }, 120_000);
});

describe('Redis', () => {
  it.each([
    ['127.0.0.1:6379', '"127.0.0.1:6379" is not the address of a Redis: write redis://HOST:PORT'],
    ['http://me:secret@host', '"http://…@host" is not the address of a Redis: write redis://HOST:PORT'],
    [
      'redis://me:secret@127.0.0.1:1',
      'Redis at redis://me@127.0.0.1:1 does not answer (ECONNREFUSED): start it, or give its address with --redis',
    ],
  ])('that is not there: %s', async (given, message) => {
    await expect(findRedis(given)).rejects.toThrow(new Error(message));
  });

  it('needs BullMQ, which is there in this repository alone', () => {
    const { peerDependenciesMeta } = createRequire(import.meta.url)('../../package.json');
    expect(peerDependenciesMeta).toEqual({ bullmq: { optional: true }, ioredis: { optional: true } });
  });
});
