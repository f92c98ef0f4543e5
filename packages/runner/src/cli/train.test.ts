import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { experimentFile, paperlab, Workplace } from '../testing/workplace.js';

jest.setTimeout(60_000); // every test starts programs

const place = new Workplace();
const train = (...args: string[]) => place.start([process.execPath, paperlab, 'train', ...args]);
beforeAll(() => {
  place.write('quarters.ts', experimentFile());
  // A run that never gets its data: a step cannot be waited for.
  place.write(
    'waiting.ts',
    `import { experiment as base } from './quarters.js';
    console.log('waiting');
    const open = () => new Promise<never>(() => setInterval(() => {}, 1000));
    export const experiment = { ...base, dataset: { ...base.dataset, open } };`,
  );
});
afterAll(() => place.remove());

const events = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('what a run prints', () => {
  it('a line for each epoch, and where the run is', async () => {
    const { status, stdout, stderr } = await train('quarters.ts', '--set', 'epochs=3').ended;
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const lines = stdout.trim().split('\n');
    expect(lines.slice(0, 3).map((line) => line.slice(0, 22))).toEqual(
      [1, 2, 3].map((n) => `epoch ${n}/3  train loss `),
    );
    expect(lines.slice(3)).toEqual([
      expect.stringMatching(/^run: \.paperlab\/runs\/quarters-/),
      expect.stringContaining('paperlab ui'),
    ]);
  });

  it('--tracker: several at once, and one that is not there', async () => {
    const both = ['--tracker', 'csv', '--tracker', 'tensorboard'];
    const { status, stdout } = await train('quarters.ts', '--set', 'epochs=1', ...both).ended;
    expect(status).toBe(0);
    expect(stdout.trim().split('\n').slice(1)).toEqual([
      expect.stringMatching(/^run: \.paperlab\/csv\/quarters-.*\/metrics\.csv$/),
      expect.stringMatching(/^run: \.paperlab\/tensorboard\/quarters-/),
    ]);
    const failed = await train('quarters.ts', '--tracker', 'wandb').ended;
    expect({ status: failed.status, lines: failed.stderr.trim().split('\n') }).toEqual({
      status: 1,
      lines: [
        expect.stringMatching(/^paperlab: there is no tracker "wandb": @paperlab\/trackers has console, csv/),
      ],
    });
  });

  it('--json: one object a line, the result last', async () => {
    const { status, stdout } = await train('quarters.ts', '--json').ended;
    expect(status).toBe(0);
    const printed = events(stdout);
    expect(printed.map(({ event }) => event)).toEqual(['epoch', 'epoch', 'result']);
    expect(printed.at(-1)).toMatchObject({
      status: 'FINISHED',
      step: 80,
      valid: { top1: expect.any(Number) },
      run: expect.any(String),
    });
    expect(printed.at(-1).valid.top1).toBeGreaterThan(0.9);
  });

  it('--set: the features of a step, whose metrics and values are recorded', async () => {
    const features = ['gradientAccumulationSteps=2', 'globalClipNorm=0.5', 'norms=true', 'epochs=4'];
    const { status, stdout } = await train(
      'quarters.ts',
      '--json',
      ...features.flatMap((feature) => ['--set', feature]),
    ).ended;
    expect(status).toBe(0);
    expect(events(stdout).at(-1)).toMatchObject({ event: 'result', step: 80 }); // 40 batches an epoch
    const recorded = JSON.stringify(place.recorded());
    for (const key of [
      'gradient_norm',
      'weight_norm',
      'globalClipNorm',
      'gradientAccumulationSteps',
      'norms',
    ])
      expect(recorded).toContain(`"key":"${key}"`);
  });

  it('a progress bar on a terminal, and the cursor is back at the end', async () => {
    const command = `${process.execPath} ${paperlab} train quarters.ts --set epochs=40`;
    const { status, stdout } = await place.start(['script', '-qec', command, '/dev/null']).ended;
    expect(status).toBe(0);
    expect(stdout).toMatch(/epoch \d+\/40 [█░]+ \d+\/40 {2}loss/);
    expect(stdout.lastIndexOf('\x1b[?25h')).toBeGreaterThan(stdout.lastIndexOf('\x1b[?25l'));
  });

  it('a loss that diverges: one line that names the step, and the run is FAILED', async () => {
    const text = experimentFile('optimizer: sgd({ learningRate: 3e38, weightDecay: 1 }),');
    const { status, stdout, stderr } = await train(place.write('diverging.ts', text), '--json').ended;
    expect(status).toBe(1);
    expect(stderr).toMatch(/^paperlab: The loss is (NaN|Infinity) at step \d+ .*training has diverged.*\n$/m);
    expect(stderr).not.toMatch(/^ +at /m);
    expect(events(stdout)).toEqual([
      expect.objectContaining({
        event: 'result',
        status: 'FAILED',
        error: expect.stringMatching(/^The loss is/),
      }),
    ]);
    expect(place.recorded().at(-1)!.body).toMatchObject({ status: 'FAILED' });
  });
});

describe('--engine tfjs', () => {
  it('trains LeNet-5 on MNIST in JavaScript, as TensorFlow does, and loads nothing of TensorFlow', async () => {
    const file = place.write(
      'lenet5.ts',
      `import { defineExperiment } from '@paperlab/core';
      import { mnist } from '@paperlab/datasets';
      import { lenet5, recipes } from '@paperlab/model-lenet5';
      import { readFileSync } from 'node:fs';
      const dataset = mnist({ size: 32, train: 'train[:48]', valid: 'test[:20]' });
      const changes = { batchSize: 16, epochs: 1 };
      export const experiment = defineExperiment({ ...recipes.seed, name: 'lenet5', model: lenet5(), dataset, ...changes });
      if (process.platform === 'linux') process.on('exit', () =>
        console.error(/libtensorflow/.test(readFileSync('/proc/self/maps', 'latin1')) ? 'native' : 'JavaScript'));`,
    );
    const [compiled, plain] = [
      await train(file, '--json').ended,
      await train(file, '--json', '--engine', 'tfjs').ended,
    ];
    expect([compiled.status, plain.status]).toEqual([0, 0]);
    if (process.platform === 'linux') {
      expect(compiled.stderr).toMatch(/^native$/m);
      expect(plain.stderr).toMatch(/^JavaScript$/m);
    }
    const [expected, found] = [events(compiled.stdout).at(-1), events(plain.stdout).at(-1)];
    expect(found).toMatchObject({ status: 'FINISHED', step: 3 });
    for (const part of ['train', 'valid'])
      expect(Math.abs(found[part].loss / expected[part].loss - 1)).toBeLessThan(1e-4);
  });

  it('is stopped by Ctrl-C as ever, needs no libtensorflow, and resumes', async () => {
    const start = (...args: string[]) =>
      place.start(
        [process.execPath, paperlab, 'train', 'quarters.ts', '--json', '--engine', 'tfjs', ...args],
        {
          PAPERLAB_TENSORFLOW: '/nowhere',
        },
      );
    const { child, ended, printed } = start('--set', 'epochs=100000');
    await printed(/"event":"epoch"/);
    child.kill('SIGINT');
    const { status, stdout, stderr } = await ended;
    expect(status).toBe(130);
    expect(stderr).toContain('the run was ended by SIGINT (KILLED)');
    expect(JSON.stringify(place.recorded())).toContain('"paperlab.engine","value":"tfjs"');
    const { epoch } = events(stdout).at(-1);
    const resumed = start('--resume', '--set', `epochs=${epoch + 3}`);
    expect((await resumed.ended).stderr).toMatch(/^going on from /m);
    expect(events((await resumed.ended).stdout).at(-1)).toMatchObject({
      status: 'FINISHED',
      epoch: epoch + 2,
    });
  });

  it('another engine is refused, with those that there are', async () => {
    const { status, stderr } = await train('quarters.ts', '--engine', 'jax').ended;
    expect(status).toBe(1);
    expect(stderr).toMatch(/^paperlab: .*'jax' is invalid.*Allowed choices are tensorflow, tfjs.*\n$/);
  });
});

describe('--resume', () => {
  /** The steps of every recorded point, and the bytes of the last weights. */
  const outcome = () => ({
    losses: place
      .recorded()
      .flatMap(({ body }) =>
        ((body['metrics'] ?? []) as { key: string; step: number; value: number }[])
          .filter(({ key }) => key === 'train/loss')
          .map(({ step, value }) => [step, value]),
      ),
    weights: place.newest('.paperlab/checkpoints/quarters', 'weights.safetensors'),
  });

  it('goes on after a kill -9: the same record, each point once, the same bits', async () => {
    await train('quarters.ts', '--set', 'epochs=30').ended;
    const whole = outcome();
    const killed = train('quarters.ts', '--set', 'epochs=30');
    await killed.printed(/epoch +3\/30/);
    killed.child.kill('SIGKILL');
    await killed.ended;
    const { status, stdout, stderr } = await train('quarters.ts', '--set', 'epochs=30', '--resume').ended;
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^going on from \.paperlab\/checkpoints\/quarters\/.*\/step-\d+$/m);
    expect(outcome().losses).toEqual(whole.losses);
    expect(outcome().weights.equals(whole.weights)).toBe(true);
  });

  it('starts a new run where there is none to go on with', async () => {
    const file = place.write('fresh.ts', experimentFile("name: 'fresh',"));
    const { status, stdout } = await train(file, '--resume').ended;
    expect(status).toBe(0);
    expect(stdout).not.toContain('going on');
  });
});

describe('what a run records of its source', () => {
  const tags = () => {
    const created = place.recorded().find(({ endpoint }) => endpoint === 'runs/create')!;
    const pairs = created.body['tags'] as { key: string; value: string }[];
    return Object.fromEntries(pairs.map(({ key, value }) => [key, value]));
  };

  it('the experiment file, the commit', async () => {
    await train('quarters.ts', '--set', 'epochs=1').ended;
    expect(tags()).toMatchObject({
      'mlflow.source.name': 'quarters.ts',
      'mlflow.source.git.commit': expect.stringMatching(/^[0-9a-f]{40}$/),
    });
  });

  it('without git: no commit', async () => {
    const command = [process.execPath, paperlab, 'train', 'quarters.ts', '--set', 'epochs=1'] as const;
    expect(await place.start([...command], { PATH: '' }).ended).toMatchObject({ status: 0, stderr: '' });
    expect(tags()).not.toHaveProperty(['mlflow.source.git.commit']);
  });
});

describe('a run that is stopped', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s ends cleanly: KILLED, exit status %d', async (signal, code) => {
    const { child, ended, printed } = train('quarters.ts', '--set', 'epochs=100000', '--json');
    await printed(/"event":"epoch"/);
    child.kill(signal);
    const { status, stdout, stderr } = await ended;
    expect(status).toBe(code);
    expect(stderr).toContain(`the run was ended by ${signal} (KILLED)`);
    expect(events(stdout).at(-1)).toMatchObject({ event: 'result', status: 'KILLED' });
    expect(place.recorded().at(-1)!.body).toMatchObject({ status: 'KILLED' });
  });

  it('by a second Ctrl-C ends at once, but not by a copy of the first', async () => {
    const { child, ended, printed } = train('waiting.ts');
    await printed(/waiting/);
    await sleep(1000); // until it listens
    child.kill('SIGINT');
    await printed(/once more to stop at once/);
    child.kill('SIGINT'); // as npx passes on the Ctrl-C that the terminal has sent to both
    await sleep(500);
    expect(child.exitCode).toBeNull();
    const second = performance.now();
    child.kill('SIGINT');
    expect((await ended).status).toBe(130);
    expect(performance.now() - second).toBeLessThan(1000);
  });

  it('because nobody reads on ends cleanly: KILLED, no stack trace', async () => {
    const { child, ended, printed } = train('quarters.ts', '--set', 'epochs=100000');
    await printed(/epoch/);
    child.stdout.destroy();
    const { status, stderr } = await ended;
    expect({ status, stderr }).toEqual({ status: 143, stderr: '' });
    expect(place.recorded().at(-1)!.body).toMatchObject({ status: 'KILLED' });
  });
});
