import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCanvas } from '@napi-rs/canvas';
import { type Dataset, defineExperiment, type EpochResult, sgd } from '@paperlab/core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCheckpoint } from './load-checkpoint.js';
import { train } from './train.js';

let folder: string;
let files: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'paperlab-cached-run-'));
  files = await Promise.all(
    Array.from({ length: 11 }, async (_, i) => {
      const canvas = createCanvas(12 + i, 15);
      const context = canvas.getContext('2d');
      context.fillStyle = `rgb(${i * 20}, ${255 - i * 20}, ${(i * 90) % 255})`;
      context.fillRect(i, 2, 9, 9);
      const file = join(folder, `${i}.jpg`);
      await writeFile(file, canvas.toBuffer('image/jpeg'));
      return file;
    }),
  );
});
afterAll(() => rm(folder, { recursive: true }));

const photos = (cached: boolean): Dataset => ({
  name: 'photos',
  classNames: ['a', 'b'],
  imageShape: [4, 4, 3],
  async open(split, context) {
    const chosen = split === 'train' ? files : files.slice(0, 5);
    return {
      size: chosen.length,
      source: { kind: 'files', files: chosen, channels: 3, labels: Int32Array.from(chosen, (_, i) => i % 2) },
      transforms:
        split === 'train'
          ? [{ name: 'randomResizedCrop', size: [4, 4] }, { name: 'randomHorizontalFlip' }]
          : [{ name: 'resize', size: [4, 4] }],
      digest: split,
      ...(cached && { cache: { ...context, folder: join(folder, 'decoded') } }),
    };
  },
});

async function run(cached: boolean, name: string, epochs = 3) {
  const experiment = defineExperiment({
    name: 'photos',
    model: {
      name: 'linear',
      inputShape: [4, 4, 3],
      classes: 2,
      build: () =>
        sequential({
          layers: [layers.flatten({ inputShape: [4, 4, 3] }), layers.dense({ name: 'output', units: 2 })],
        }),
    },
    dataset: photos(cached),
    optimizer: sgd({ learningRate: 1e-6 }),
    batchSize: 4,
    epochs,
  });
  const lines: string[] = [];
  const results: EpochResult[] = [];
  const checkpoints = join(folder, name);
  const report = (line: string) => void lines.push(line);
  for await (const result of train(experiment, { checkpoints, resume: true, report })) results.push(result);
  const { weights } = await loadCheckpoint(checkpoints);
  return { lines, results, weights: [...weights].map(([weight, { bytes }]) => [weight, Buffer.from(bytes)]) };
}

describe('a run on images that are decoded once', () => {
  it('is the run on the files, gone on with the other way too, and says once what it decodes', async () => {
    const plain = await run(false, 'plain');
    const cached = await run(true, 'cached');
    expect(cached.lines.filter((line) => line.startsWith('decoding'))).toEqual([
      expect.stringMatching(/^decoding 11 images into \S+decoded, about 1 MB, which is done once$/),
      expect.stringMatching(/^decoding 5 images into /),
    ]);
    expect(await readdir(join(folder, 'decoded'))).toHaveLength(2);
    expect(cached.results.map(({ train, valid }) => [train, valid])).toEqual(
      plain.results.map(({ train, valid }) => [train, valid]),
    );
    expect(cached.weights).toEqual(plain.weights);
    await run(false, 'changed', 1);
    const changed = await run(true, 'changed');
    expect(changed.weights).toEqual(plain.weights);
    expect(changed.lines.filter((line) => line.startsWith('deco'))).toEqual([]);
  });
});
