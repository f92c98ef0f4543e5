import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readSafetensors } from '@paperlab/core';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { experimentFile, Workplace } from '../testing/workplace.js';

jest.setTimeout(60_000); // every test starts programs

const place = new Workplace();
const path = (...names: string[]) => join(place.folder, ...names);
const checkpoints = '.paperlab/checkpoints/quarters';
beforeAll(async () => {
  place.write('quarters.ts', experimentFile());
  expect((await place.run('train', 'quarters.ts')).status).toBe(0);
});
afterAll(() => place.remove());

describe('paperlab export', () => {
  it.each([
    [
      'saved-model',
      'assets.extra/paperlab.json, saved_model.pb, variables/variables.data-00000-of-00001, variables/variables.index',
    ],
    ['tfjs', 'group1-shard1of1.bin, model.json'],
    ['safetensors', 'model.safetensors'],
  ])('--to %s', async (format, files) => {
    const { status, stdout, stderr } = await place.run(
      'export',
      checkpoints,
      '--to',
      format,
      '--output',
      format,
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`step-00000080 is in ${format} \\(0\\.0 MB\\): ${files}\n$`));
    const listed = readdirSync(path(format), { recursive: true }) as string[];
    expect(files.split(', ').filter((file) => !listed.includes(file))).toEqual([]);
  });

  it('goes beside the checkpoint by itself; --json: one object', async () => {
    const { status, stdout } = await place.run('export', checkpoints, '--to', 'safetensors', '--json');
    expect(status).toBe(0);
    const result = JSON.parse(stdout);
    expect(result.folder).toMatch(/quarters\/[\d-]+\/safetensors-step-00000080$/);
    expect(result.description).toMatchObject({ model: 'linear', step: 80, classNames: ['a', 'b', 'c', 'd'] });
    const { tensors } = readSafetensors(readFileSync(path(result.folder, 'model.safetensors')));
    expect([...tensors.keys()].sort()).toEqual(['output/bias', 'output/kernel']);
    // The newest checkpoint is still found.
    expect((await place.run('eval', checkpoints)).status).toBe(0);
  });

  it('refuses a folder with something in it, and leaves it', async () => {
    mkdirSync(path('mine/thing'), { recursive: true });
    const { status, stderr } = await place.run('export', checkpoints, '--to', 'tfjs', '--output', 'mine');
    expect(stderr).toBe('paperlab: mine is there already and not empty; remove it, or name another folder\n');
    expect(status).toBe(1);
    expect(readdirSync(path('mine'))).toEqual(['thing']);
  });

  it.each([
    [['nowhere', '--to', 'tfjs'], /^paperlab: no such checkpoint: nowhere\n$/],
    [[checkpoints], /^paperlab: required option '--to <format>' not specified; see paperlab --help\n$/],
    [
      [checkpoints, '--to', 'onnx'],
      /^paperlab: option '--to <format>' argument 'onnx' is invalid\. Allowed choices are saved-model, tfjs, safetensors\.; see/,
    ],
    [['--to', 'tfjs'], /^paperlab: missing required argument 'checkpoint'; see paperlab --help\n$/],
  ])('%j: one line, and nothing is written', async (args, message) => {
    const { status, stdout, stderr } = await place.run('export', ...args, '--output', 'never');
    expect(stderr).toMatch(message);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(existsSync(path('never'))).toBe(false);
  });

  it('--help has examples', async () => {
    const { stdout } = await place.run('export', '--help');
    expect(stdout).toMatch(/--to <format>[^]*Examples:\n {2}paperlab export /);
  });
});
