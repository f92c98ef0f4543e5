import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defineExperiment, readSafetensors, registerLayers } from '@paperlab/core';
import '@tensorflow/tfjs-backend-cpu';
import { io, setBackend, tensor, type Tensor } from '@tensorflow/tfjs-core';
import { layers, loadLayersModel, sequential } from '@tensorflow/tfjs-layers';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCheckpoint } from '../load-checkpoint.js';
import { rowsExperiment } from '../testing/rows.js';
import { train } from '../train.js';
import { exportCheckpoint } from './export-checkpoint.js';

let folder: string;
let checkpoint: string;
const path = (...names: string[]) => join(folder, ...names);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'paperlab-export-'));
  checkpoint = path('rows/run');
  // With dropout, running statistics, and averaged weights.
  for await (const _ of train(defineExperiment(rowsExperiment), { checkpoints: checkpoint })); // to its end
});
afterAll(() => rm(folder, { recursive: true }));

const description = {
  model: 'small',
  options: {},
  step: 39,
  epoch: 3,
  classNames: ['0', '1', '2', '3'],
  input: {
    sourceShape: [8, 8, 1],
    channels: 1,
    transforms: [{ name: 'scale', factor: 1 / 255, offset: 0 }],
  },
};

describe('exportCheckpoint', () => {
  it('tfjs: plain tfjs loads it and computes the same logits', async () => {
    const exported = await exportCheckpoint(checkpoint, { to: 'tfjs', folder: path('web/model') });
    expect(exported).toEqual({
      checkpoint: path('rows/run/step-00000039'),
      folder: path('web/model'),
      files: ['group1-shard1of1.bin', 'model.json'],
      bytes: expect.any(Number),
      description,
    });
    await setBackend('cpu');
    registerLayers();
    const model = await loadLayersModel(io.http('http://model/model.json', { fetchFunc: fromFolder('web') }));
    expect(model.getUserDefinedMetadata()).toEqual(description);
    const images = tensor(
      Float32Array.from({ length: 192 }, (_, i) => ((i * 7919) % 130) / 130),
      [3, 8, 8, 1],
    );
    const expected = (await (await loadCheckpoint(checkpoint)).model()).predict(images) as Tensor;
    expect((model.predict(images) as Tensor).dataSync()).toEqual(expected.dataSync());
  });

  it('tfjs: large weights are several files', async () => {
    await exportCheckpoint(await largeCheckpoint(), { to: 'tfjs', folder: path('large') });
    const files = await readdir(path('large'));
    expect(files.sort()).toEqual(['group1-shard1of2.bin', 'group1-shard2of2.bin', 'model.json']);
    await setBackend('cpu');
    const model = await loadLayersModel(io.http('http://large/model.json', { fetchFunc: fromFolder('') }));
    expect(model.countParams()).toBe(30_000 * (64 + 1 + 4) + 4);
  });

  it('safetensors: the averaged weights, by name', async () => {
    const { folder: written, files } = await exportCheckpoint(checkpoint, { to: 'safetensors' });
    expect(written).toBe(path('rows/run/safetensors-step-00000039'));
    expect(files).toEqual(['model.safetensors']);
    const { tensors, metadata } = readSafetensors(await readFile(join(written, 'model.safetensors')));
    const { weights } = await loadCheckpoint(checkpoint);
    expect(Object.keys(metadata)).toEqual(['paperlab']);
    expect(JSON.parse(metadata['paperlab']!)).toEqual(description);
    expect([...tensors.keys()].sort()).toEqual([...weights.keys()].sort());
    for (const [name, { shape, bytes }] of weights) {
      expect(tensors.get(name)!.shape).toEqual(shape);
      expect(Buffer.compare(tensors.get(name)!.bytes, bytes)).toBe(0);
    }
  });

  it('saved-model: a graph, variables, and what else is known', async () => {
    const { files } = await exportCheckpoint(checkpoint, { to: 'saved-model', folder: path('saved') });
    expect(files).toEqual([
      'assets.extra/paperlab.json',
      'saved_model.pb',
      'variables/variables.data-00000-of-00001',
      'variables/variables.index',
    ]);
    expect(JSON.parse(await readFile(path('saved/assets.extra/paperlab.json'), 'utf8'))).toEqual(description);
  });

  it('an empty folder is filled, another is left as it is', async () => {
    await mkdir(path('empty'));
    await mkdir(path('mine'));
    await writeFile(path('mine/file'), 'mine');
    await exportCheckpoint(checkpoint, { to: 'safetensors', folder: path('empty') });
    expect(await readdir(path('empty'))).toEqual(['model.safetensors']);
    const taken = (target: string) => exportCheckpoint(checkpoint, { to: 'saved-model', folder: target });
    await expect(taken(path('mine'))).rejects.toThrow(
      /mine is there already and not empty; remove it, or name/,
    );
    await expect(taken(path('mine/file'))).rejects.toThrow(
      /file is a file; name a folder that is not there yet$/,
    );
    expect(await readdir(path('mine'))).toEqual(['file']);
  });

  it('nothing stays of what could not be written', async () => {
    await mkdir(path('sealed'));
    await writeFile(path('sealed/file'), '');
    // A file where a folder should be: nobody, not root either, can write into it.
    const target = path('sealed/file/out');
    for (const to of ['saved-model', 'tfjs', 'safetensors'] as const)
      await expect(exportCheckpoint(checkpoint, { to, folder: target })).rejects.toThrow(
        /is a file; name a folder/,
      );
    expect(await readdir(path('sealed'))).toEqual(['file']);
  });
});

/** Of a network with more weights than one file takes. */
async function largeCheckpoint(): Promise<string> {
  const build = () =>
    sequential({
      layers: [
        layers.flatten({ inputShape: [8, 8, 1] }),
        layers.dense({ name: 'wide', units: 30_000, kernelInitializer: 'zeros' }),
        layers.dense({ name: 'output', units: 4 }),
      ],
    });
  const checkpoints = path('wide/run');
  const model = { name: 'wide', inputShape: [8, 8, 1], classes: 4, build } as const;
  const experiment = defineExperiment({ ...rowsExperiment, model, averaging: undefined, epochs: 1 });
  const limits = { maxSteps: 1, limitValidBatches: 1 };
  for await (const _ of train(experiment, { checkpoints, limits })); // to its end
  return checkpoints;
}

/** `fetch` of `http://NAME/FILE` from folders. */
const fromFolder = (root: string) => async (url: string | URL | Request) => {
  const { hostname, pathname } = new URL(url instanceof Request ? url.url : url);
  const bytes = await readFile(path(root, hostname, pathname));
  // tfjs looks for arrays of its own realm, which Node.js's are not in jest.
  return Object.assign(new Response(bytes), { json: async () => JSON.parse(bytes.toString()) });
};
