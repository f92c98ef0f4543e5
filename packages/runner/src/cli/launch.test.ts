import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { experimentFile, paperlab, Workplace } from '../testing/workplace.js';

jest.setTimeout(300_000); // every test starts several programs, some again and again

const place = new Workplace();
const start = (...args: string[]) => place.start([process.execPath, paperlab, ...args]);
beforeAll(() => {
  place.write('quarters.ts', experimentFile());
  // Long enough to lose a worker in it, and so slow that the moment can be chosen.
  place.write(
    'long.ts',
    experimentFile(
      `epochs: 60,
      callbacks: [{ name: 'slow', epochEnd() { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 30); return 'continue'; } }],`,
    ),
  );
  place.write('diverging.ts', experimentFile('optimizer: sgd({ learningRate: 3e38, weightDecay: 1 }),'));
});
afterAll(() => place.remove());

type Program = ReturnType<typeof start>;

/** Pids of the workers, in their order. */
function workersOf({ child }: Program): number[] {
  const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim();
  const pids = children === '' ? [] : children.split(' ').map(Number);
  const commandLine = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  return pids.filter((pid) => commandLine(pid).includes('train')).sort((a, b) => a - b);
}
const alive = (pid: number) => existsSync(`/proc/${pid}`);
const events = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
/** Sees to it that the run has passed `count` epochs. */
const epochs = (program: Program, count: number) => program.printed(new RegExp(`epoch +${count}/`));
/** The weights of the newest checkpoint. */
function weights(folder: string): string {
  const path = join(place.folder, folder);
  const newest = readdirSync(path).sort().at(-1)!;
  return readFileSync(join(path, newest, 'weights.safetensors')).toString('hex');
}

describe('paperlab launch', () => {
  it('trains as one process does, with one record and one folder of checkpoints', async () => {
    const alone = await start('train', 'quarters.ts', '--json', '--checkpoints', 'alone').ended;
    const { status, stdout, stderr } = await start(
      ...['launch', '--workers', '2', 'quarters.ts', '--json', '--checkpoints', 'both'],
    ).ended;
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: expect.not.stringMatching(/worker|tensorflow/i),
    });
    const [results, expected] = [events(stdout), events(alone.stdout)].map((printed) => printed.at(-1));
    expect(results).toMatchObject({ event: 'result', status: 'FINISHED', step: expected.step });
    expect(results.train.loss).toBeCloseTo(expected.train.loss, 5);
    expect(results.valid.loss).toBeCloseTo(expected.valid.loss, 5);
    expect(events(stdout).map(({ event }) => event)).toEqual(['epoch', 'epoch', 'result']);
    const runs = readdirSync(join(place.folder, '.paperlab/runs'));
    expect(runs).toHaveLength(2); // one of each command
    const parts = runs.map(
      (run) =>
        readdirSync(join(place.folder, '.paperlab/runs', run, 'artifacts'), { recursive: true }).length,
    );
    expect(parts[1]).toBe(parts[0]);
    expect(parts[0]).toBeGreaterThan(5);
  });

  it('restarts from the last checkpoint when a worker is killed: five times at any moment, it ends with the same bits', async () => {
    const whole = await start('launch', '--workers', '2', 'long.ts', '--checkpoints', 'whole').ended;
    expect(whole.status).toBe(0);
    const program = start(
      ...['launch', '--workers', '2', '--max-restarts', '5', 'long.ts', '--checkpoints', 'killed'],
    );
    // While it starts, in its first epochs, or later.
    for (const [kill, seconds] of [3.5, 0.6, 4.4, 5.2, 2.9].entries()) {
      while (workersOf(program).length < 2) await sleep(20);
      await sleep(1000 * seconds);
      process.kill(workersOf(program)[kill % 2]!, 'SIGKILL');
      await program.printed(new RegExp(`restart ${kill + 1} of 5`));
    }
    const { status, stderr } = await program.ended;
    // Before it has begun there is nothing to go on from.
    expect(stderr).toMatch(
      /worker 0 \(pid \d+\) was killed by SIGKILL: 2 workers go on from (killed|the beginning), restart 1 of 5/,
    );
    expect(status).toBe(0);
    expect(weights('killed')).toBe(weights('whole'));
  });

  it('takes a frozen worker for lost, as every other one notices, and leaves no process behind', async () => {
    const program = start('launch', '--workers', '3', 'long.ts', '--max-restarts', '0');
    await epochs(program, 3);
    const pids = workersOf(program);
    expect(pids).toHaveLength(3);
    const begun = performance.now();
    process.kill(pids[1]!, 'SIGSTOP');
    const lost = 'Collectives have ended: worker 1 \\(127\\.0\\.0\\.1:\\d+\\) does not answer';
    await program.printed(new RegExp(`^paperlab: ${lost}`, 'm'));
    await program.printed(new RegExp(`^worker 2: paperlab: ${lost}`, 'm'));
    expect(performance.now() - begun).toBeLessThan(10_000);
    const { status, stderr } = await program.ended;
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /worker 1 \(pid \d+\) did not answer: the run has ended; --checkpoints \S+ --resume goes on/,
    );
    expect(pids.filter(alive)).toEqual([]);
  });

  it('--elastic goes on with the workers that are left', async () => {
    const program = start('launch', '--workers', '2', '--elastic', 'long.ts', '--checkpoints', 'elastic');
    await epochs(program, 3);
    process.kill(workersOf(program)[0]!, 'SIGKILL');
    const { status, stderr, stdout } = await program.ended;
    expect(stderr).toMatch(/worker 0 \(pid \d+\) was killed by SIGKILL: 1 worker goes on from elastic/);
    expect(status).toBe(0);
    expect(stdout).toContain('epoch 60/60');
  });

  it('ends by a signal, all after the same step, and can be resumed', async () => {
    const program = start('launch', '--workers', '2', 'long.ts', '--checkpoints', 'ended');
    await epochs(program, 3);
    const pids = workersOf(program);
    program.child.kill('SIGTERM');
    expect((await program.ended).status).toBe(143);
    expect(pids.filter(alive)).toEqual([]);
    const resumed = await start(
      ...['launch', '--workers', '2', 'long.ts', '--checkpoints', 'ended', '--resume'],
    ).ended;
    expect(resumed).toMatchObject({ status: 0, stdout: expect.stringContaining('going on from') });
    expect(weights('ended')).toBe(weights('whole'));
  });

  it('ends all workers when one of them is told to end', async () => {
    const program = start('launch', '--workers', '2', 'long.ts');
    await epochs(program, 3);
    process.kill(workersOf(program)[1]!, 'SIGTERM');
    const { status, stdout } = await program.ended;
    expect(status).toBe(143);
    expect(stdout).toMatch(/the run was ended: worker 1 \(.*\) was interrupted, .* \(KILLED\)/);
  });

  it('killed itself, takes its workers with it', async () => {
    const program = start('launch', '--workers', '2', 'long.ts');
    await epochs(program, 2);
    const pids = workersOf(program);
    program.child.kill('SIGKILL');
    for (let waited = 0; pids.some(alive) && waited < 10_000; waited += 100) await sleep(100);
    expect(pids.filter(alive)).toEqual([]);
  });

  it('does not start a run again that fails by itself', async () => {
    const { status, stderr } = await start('launch', '--workers', '2', 'diverging.ts').ended;
    expect(status).toBe(1);
    expect(stderr).toMatch(/^paperlab: The loss is (NaN|Infinity) at step/m);
    expect(stderr).not.toContain('restart');
  });

  it.each([
    [['--workers', '0', 'quarters.ts'], '--workers takes a whole number, 1 or more; it was given "0"'],
    [
      ['--workers', '2', '--max-restarts', 'x', 'quarters.ts'],
      '--max-restarts takes a whole number, 0 or more',
    ],
    [['quarters.ts'], "required option '--workers <count>' not specified"],
    [['--workers', '2', 'nowhere.ts'], 'no such file: nowhere.ts'],
  ])('refuses %j', async (args, message) => {
    const { status, stderr } = await start('launch', ...args).ended;
    expect(status).toBe(1);
    expect(stderr).toContain(message);
  });
});
