import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { defineExperiment, eager, type EpochResult } from '@paperlab/core';
import '@tensorflow/tfjs-backend-cpu';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rowsExperiment } from '../testing/rows.js';
import { train, type TrainOptions } from '../train.js';
import type { ProfileSummary } from './summary.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'paperlab-profile-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function run(options: TrainOptions = {}) {
  const lines: string[] = [];
  const report = (line: string) => void lines.push(line);
  const epochs: EpochResult[] = [];
  for await (const epoch of train(defineExperiment(rowsExperiment), { report, ...options }))
    epochs.push(epoch);
  return { lines, epochs };
}

/** The trained tensors in the newest checkpoint, by file. */
async function trained(checkpoints: string): Promise<[string, string][]> {
  const path = join(checkpoints, (await readdir(checkpoints)).sort().at(-1)!);
  const files = (await readdir(path)).filter((file) => file.endsWith('.safetensors')).sort();
  return Promise.all(
    files.map(async (file) => [file, (await readFile(join(path, file))).toString('base64')] as const),
  ) as Promise<[string, string][]>;
}

describe('steps that are profiled', () => {
  it('compute the same bits as those that are not', async () => {
    const summaries: ProfileSummary[] = [];
    const profile = {
      steps: 6,
      folder: join(folder, 'profile'),
      onProfile: (summary: ProfileSummary) => void summaries.push(summary),
    };
    const plain = await run({ checkpoints: join(folder, 'plain') });
    const profiled = await run({ checkpoints: join(folder, 'profiled'), profile });
    expect(summaries).toHaveLength(1);
    expect(summaries[0]!.steps).toBeGreaterThanOrEqual(6);
    expect((await readdir(profile.folder)).sort()).toEqual(['profile.json', 'profile.txt']);
    const results = ({ epochs }: typeof plain) => epochs.map(({ train, valid }) => ({ train, valid }));
    expect(results(profiled)).toEqual(results(plain));
    const weights = await trained(join(folder, 'plain'));
    expect(weights.map(([file]) => file)).toContain('weights.safetensors');
    expect(await trained(join(folder, 'profiled'))).toEqual(weights);
  });

  it('are fewer where the run ends before, which is said', async () => {
    const controller = new AbortController();
    const profile = { steps: 30, folder: join(folder, 'profile') };
    const lines: string[] = [];
    const epochs = train(defineExperiment(rowsExperiment), {
      profile,
      signal: controller.signal,
      report: (line) => void lines.push(line),
    });
    for (const _ of [1, 2]) await epochs.next(); // in the second one, nothing is traced anew
    controller.abort(new Error('stopped'));
    await expect(epochs.next()).rejects.toThrow('stopped');
    const said = lines.find((line) => line.startsWith('profile:'));
    expect(said).toMatch(/^profile: the run ended after \d+ of 30 steps$/);
    expect(await readFile(join(profile.folder, 'profile.txt'), 'utf8')).toMatch(/^\d+ steps? profiled, /);
  });

  it('go on where the profile cannot be written, which is said', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const { lines, epochs } = await run({ profile: { folder: join(file, 'profile') } });
    expect(epochs).toHaveLength(3);
    expect(lines.filter((line) => line.startsWith('profile:'))).toEqual([
      expect.stringMatching(/^profile: it could not be written, and training goes on: ENOTDIR/),
    ]);
  });

  it.each<[string, TrainOptions, RegExp]>([
    ['no steps', { profile: { steps: 0, folder: '' } }, /^steps in the profile is 0; .* 1 or more$/],
    ['no number', { profile: { steps: NaN, folder: '' } }, /^steps in the profile is NaN; .* 1 or more$/],
    [
      'a short run',
      { profile: { folder: '' }, limits: { maxSteps: 12 } },
      /^Profiling 5 steps takes a run of at least 13, .*; this one has 12$/,
    ],
    [
      'another engine',
      { profile: { folder: '' }, engine: eager({ backend: 'cpu' }) },
      /^The engine tfjs cannot be profiled: /,
    ],
  ])('are refused with %s', async (_, options, message) => {
    await expect(run(options)).rejects.toThrow(message);
  });
});
