import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { experimentFile, paperlab, Workplace } from '../testing/workplace.js';

jest.setTimeout(120_000); // every test starts several programs

const place = new Workplace();
const start = (...args: string[]) => place.start([process.execPath, paperlab, 'study', ...args]);
/** So slow that a moment in it can be chosen. */
const slowly = `callbacks: [{ name: 'slowly', epochEnd() { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 40); } }],`;
const studyFile = (name: string, changes: string, options = '') => `
  import { adam, choice, float, grid, medianPruner, randomSearch, sgd, study } from '@paperlab/core';
  import { experiment } from './quarters.js';
  void [adam, choice, float, grid, medianPruner, randomSearch, sgd];
  export default study({ ...experiment, name: '${name}' }, ${changes}, ${options || '{}'});`;
const THREE =
  '{ base: {}, sgd: { optimizer: sgd({ learningRate: 0.1 }) }, slow: { optimizer: adam({ learningRate: 1e-3 }) } }';
beforeAll(() => {
  place.write('quarters.ts', experimentFile(slowly));
  for (const name of ['whole', 'killed', 'parallel', 'orphans', 'stopped'])
    place.write(`${name}.ts`, studyFile(name, THREE));
});
afterAll(() => place.remove());

const EPOCHS = ['--set', 'epochs=12'];
const events = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
/** The folder of the last study of a name. */
function folderOf(study: string): string {
  const studies = join(place.folder, '.paperlab/studies', study);
  return join(studies, readdirSync(studies).sort().at(-1)!);
}
/** All of a study that does not depend on the time: epochs, and the bytes of the last weights. */
const outcome = (study: string) =>
  ['base', 'sgd', 'slow'].map((variant) => {
    const folder = join(folderOf(study), variant);
    const newest = readdirSync(folder)
      .filter((name) => name.startsWith('step-'))
      .sort()
      .at(-1)!;
    const { status, epochs } = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8'));
    return {
      status,
      epochs: epochs.map(({ step, train, valid }: Record<string, unknown>) => ({ step, train, valid })),
      weights: readFileSync(join(folder, newest, 'weights.safetensors')).toString('hex'),
    };
  });
/** The processes that train variants of a study. */
function processesOf(pid: number | undefined): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  const pids = children === '' ? [] : children.split(' ').map(Number);
  return pids.filter((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('study-variant'));
}
const alive = (pid: number) => existsSync(`/proc/${pid}`);
const recorded = (text: string) =>
  readdirSync(join(place.folder, '.paperlab/runs')).filter((run) =>
    readFileSync(join(place.folder, '.paperlab/runs', run, 'requests.jsonl'), 'utf8').includes(text),
  );

describe('paperlab study', () => {
  it('trains the variants one after the other, and compares them', async () => {
    const { status, stdout, stderr } = await start('whole.ts', ...EPOCHS).ended;
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const lines = stdout.split('\n');
    expect(lines.filter((line) => / epoch +\d+\/12 {2}train loss/.test(line))).toHaveLength(36);
    const table = lines.indexOf('') + 1;
    expect(lines.slice(table, table + 5)).toEqual([
      expect.stringMatching(/^variant {2}epochs {2}best epoch {2}valid loss +top-1 +time {2}status$/),
      expect.stringMatching(/^base +12 +12 +0\.\d{4} {2}100\.00 % +\d+\.\d s {2}FINISHED$/),
      expect.stringMatching(/^sgd +12 /),
      expect.stringMatching(/^slow +12 /),
      'best by valid loss: base',
    ]);
    expect(outcome('whole').map(({ status }) => status)).toEqual(Array(3).fill('FINISHED'));
    expect(recorded('"name":"whole"')).toHaveLength(4); // the study, and a run for each variant
  });

  it('goes on after a kill -9: what is finished is not trained again, and the bits are those of one that was not killed', async () => {
    const killed = start('killed.ts', ...EPOCHS);
    await killed.printed(/^sgd +epoch +3\/12/m);
    killed.child.kill('SIGKILL');
    await killed.ended;
    const { status, stdout, stderr } = await start('killed.ts', ...EPOCHS, '--resume', '--json').ended;
    expect(status).toBe(0);
    expect(stderr).toMatch(/^going on with .*: 1 of 3 variants are done$/m);
    const printed = events(stdout);
    expect(printed.some(({ event, variant }) => event === 'epoch' && variant === 'base')).toBe(false);
    const sgd = printed.filter(({ event, variant }) => event === 'epoch' && variant === 'sgd');
    expect(sgd.length).toBeLessThan(12);
    expect(printed.at(-1)).toMatchObject({
      event: 'result',
      study: 'killed',
      status: 'FINISHED',
      best: 'base',
      variants: [
        { variant: 'base' },
        { variant: 'sgd', epochs: 12 },
        { variant: 'slow', status: 'FINISHED' },
      ],
    });
    expect(outcome('killed')).toEqual(outcome('whole'));
    expect(recorded('"name":"killed"')).toHaveLength(4);
  });

  it('--parallel trains several at a time, with the same bits', async () => {
    const program = start('parallel.ts', ...EPOCHS, '--parallel', '2');
    await program.printed(/^base +epoch/m);
    expect(processesOf(program.child.pid)).toHaveLength(2);
    const { status, stderr } = await program.ended;
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(outcome('parallel')).toEqual(outcome('whole'));
    expect(recorded('"name":"parallel"')).toHaveLength(4);
  });

  it('one whose process is killed fails in a line, processes end with the study, and --resume goes on with all', async () => {
    const first = start('orphans.ts', '--set', 'epochs=60', '--parallel', '2');
    await first.printed(/^base +epoch +2\//m);
    await first.printed(/^sgd +epoch +2\//m);
    const processes = processesOf(first.child.pid);
    process.kill(processes[0]!, 'SIGKILL');
    await first.printed(/^(base|sgd) +failed: its process was killed by SIGKILL$/m);
    processes.push(...processesOf(first.child.pid)); // the third is starting
    first.child.kill('SIGKILL');
    await first.ended;
    while (processes.some(alive)) await sleep(20);
    const second = await start('orphans.ts', ...EPOCHS, '--parallel', '2', '--resume').ended;
    expect(second.status).toBe(0);
    expect(second.stdout).toMatch(/^going on with .*: 0 of 3 variants are done$/m);
  });

  it('is stopped by Ctrl-C: KILLED, and --resume goes on', async () => {
    const { child, printed, ended } = start('stopped.ts', ...EPOCHS, '--parallel', '2', '--json');
    await printed(/"event":"epoch"/);
    child.kill('SIGINT');
    const { status, stdout, stderr } = await ended;
    expect(status).toBe(130);
    expect(stderr).toContain('the study was ended by SIGINT (KILLED); --resume goes on with it');
    expect(events(stdout).at(-1)).toMatchObject({ event: 'result', study: 'stopped', status: 'KILLED' });
    expect((await start('stopped.ts', ...EPOCHS, '--resume').ended).status).toBe(0);
    expect(outcome('stopped')).toEqual(outcome('whole'));
  });

  it('a search with a pruner, of some variants; one of them is evaluated, and trained alone', async () => {
    const change = '({ rate }) => ({ optimizer: adam({ learningRate: rate }) })';
    place.write(
      'search.ts',
      studyFile(
        'search',
        `{ ...randomSearch({ rate: float(1e-3, 0.1, { log: true }) }, { trials: 2 }, ${change}), bad: { optimizer: sgd({ learningRate: 1e-6 }) } }`,
        '{ monitor: "top1", pruner: medianPruner({ startupTrials: 1 }) }',
      ),
    );
    const { status, stdout } = await start('search.ts', '--json', '--set', 'epochs=3').ended;
    expect(status).toBe(0);
    const { variants, best } = events(stdout).at(-1);
    expect(variants.map(({ status }: { status: string }) => status)).toContain('FINISHED');
    expect(variants[2]).toMatchObject({ variant: 'bad', status: 'PRUNED', epochs: 1 });
    expect(best).toMatch(/^rate=0\.\d+$/);
    const evaluated = await place.run('eval', join(folderOf('search'), best), '--json');
    expect(evaluated.status).toBe(0);
    const alone = await place.run('train', `search.ts:${best}`, '--json', '--set', 'epochs=1');
    expect(events(alone.stdout).at(-1)).toMatchObject({ status: 'FINISHED', experiment: `search-${best}` });
  });

  it('a variant that fails: the others are trained, and the end is one line', async () => {
    place.write(
      'failing.ts',
      studyFile('failing', '{ bad: { optimizer: sgd({ learningRate: 3e38, weightDecay: 1 }) }, base: {} }'),
    );
    const { status, stdout, stderr } = await start('failing.ts', '--set', 'epochs=1').ended;
    expect(status).toBe(1);
    expect(stderr).toBe('paperlab: 1 of 2 variants failed: bad; --resume trains them on\n');
    expect(stdout).toMatch(/^bad +failed: The loss is .*$/m);
    expect(stdout).toMatch(/^base +1 .* FINISHED$/m);
  });
});

describe('what is wrong with a study is said in one line', () => {
  it('of the file, of a variant, of an option', async () => {
    place.write(
      'two.ts',
      `export { default as a } from './whole.js'; export { default as b } from './killed.js';`,
    );
    place.write('wrong.ts', studyFile('wrong', '{ short: { epochs: 0 } }'));
    const mistakes: [args: string[], line: string][] = [
      [
        ['quarters.ts'],
        'quarters.ts exports experiment; it must export a study: export default study(base, { … })',
      ],
      [['two.ts'], 'two.ts exports several studies; give each a file of its own'],
      [
        ['wrong.ts'],
        'variant "short": epochs in experiment "wrong" is 0; it must be a whole number, 1 or more',
      ],
      [
        ['whole.ts', '--variant', 'relu'],
        'study "whole" has no variant "relu"; its variants are base, sgd, slow',
      ],
      [['whole.ts', '--parallel', '0'], '--parallel takes a whole number, 1 or more; it was given "0"'],
    ];
    const ends = await Promise.all(mistakes.map(([args]) => start(...args).ended));
    expect(ends).toEqual(
      mistakes.map(([, line]) => ({ status: 1, stdout: expect.any(String), stderr: `paperlab: ${line}\n` })),
    );
  });

  it('an experiment is asked of a file that exports a study', async () => {
    const { status, stderr } = await place.run('train', 'whole.ts');
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr:
        'paperlab: whole.ts exports a study; train it with paperlab study, or one variant of it as whole.ts:NAME\n',
    });
  });
});
