import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCanvas } from '@napi-rs/canvas';
import { type Dataset, defineExperiment, type EpochResult, sgd } from '@paperlab/core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCheckpoint } from './load-checkpoint.js';
import { train } from './train.js';

let folder: string;
let good: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'paperlab-bad-images-'));
  good = await Promise.all(
    Array.from({ length: 11 }, async (_, i) => {
      const canvas = createCanvas(4, 4);
      const context = canvas.getContext('2d');
      context.fillStyle = `rgb(${i * 20}, ${255 - i * 20}, ${(i * 90) % 255})`;
      context.fillRect(0, 0, 4, 4);
      const file = join(folder, `${i}.png`);
      await writeFile(file, canvas.toBuffer('image/png'));
      return file;
    }),
  );
  await writeFile(join(folder, 'text.png'), 'no image');
});
afterAll(() => rm(folder, { recursive: true }));

/** The label of a file is that of its number among the good ones. */
const photos = (files: readonly string[]): Dataset => ({
  name: 'photos',
  classNames: ['a', 'b'],
  imageShape: [4, 4, 3],
  async open(split) {
    const chosen = split === 'train' ? files : good;
    const labels = Int32Array.from(chosen, (file) => Math.max(0, good.indexOf(file)) % 2);
    return {
      size: chosen.length,
      source: { kind: 'files', files: chosen, channels: 3, labels },
      transforms: [{ name: 'resize', size: [4, 4] }, { name: 'randomHorizontalFlip' }],
      digest: 'photos',
      onBadImage: 'skip',
    };
  },
});

async function run(files: readonly string[], name: string, epochs = 3) {
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
    dataset: photos(files),
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

describe('images that cannot be used', () => {
  it('are named once, and the run is that of a folder without them, resumed too', async () => {
    const text = join(folder, 'text.png');
    const mixed = [...good.slice(0, 5), text, ...good.slice(5), join(folder, 'gone.png')];
    const clean = await run(good, 'clean');
    const { lines, results, weights } = await run(mixed, 'mixed');
    expect(lines.slice(0, 3)).toEqual([
      '2 images are left out:',
      expect.stringMatching(/^Image file .*text\.png cannot be used: /),
      expect.stringMatching(/^Image file .*gone\.png cannot be used: .*No such file/),
    ]);
    expect(results.map(({ train }) => train)).toEqual(clean.results.map(({ train }) => train));
    expect(weights).toEqual(clean.weights);
    await run(mixed, 'resumed', 1);
    expect((await run(mixed, 'resumed')).weights).toEqual(clean.weights);
  });
});
