import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Artifact,
  type Dataset,
  defineExperiment,
  eager,
  type EpochResult,
  type ExperimentInput,
  registerLayers,
  sgd,
  type Tracker,
} from '@paperlab/core';
import '@tensorflow/tfjs-backend-cpu';
import { tensorflow } from '@paperlab/engine';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { io, setBackend, tensor, type Tensor } from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCheckpoint } from '../load-checkpoint.js';
import { folderTracker } from '../testing/folder-tracker.js';
import { rowsExperiment } from '../testing/rows.js';
import { train, type TrainOptions } from '../train.js';

let folder: string;
let runs = 0;
const newFolder = () => join(folder, String(runs++));
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'paperlab-record-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** So few batches that JavaScript has them soon. */
const few = { limitTrainBatches: 3, limitValidBatches: 2 };

interface Run extends TrainOptions {
  readonly changes?: Partial<ExperimentInput>;
  readonly refuse?: (artifact: Artifact) => void;
}

/** Trains, and gives what was recorded. */
async function recorded({ changes, refuse, ...options }: Run = {}) {
  const lines: string[] = [];
  const { tracker, told, read } = folderTracker(newFolder(), refuse);
  const epochs: EpochResult[] = [];
  let failed: unknown;
  try {
    for await (const epoch of train(defineExperiment({ ...rowsExperiment, ...changes }), {
      trackers: [tracker],
      limits: few,
      report: (line) => lines.push(line),
      ...options,
    }))
      epochs.push(epoch);
  } catch (error) {
    failed = error;
  }
  return { told, read, lines, epochs, failed };
}

const TEXTS = ['file experiment.json', 'file model_summary.txt', 'file packages.json'];
const SAMPLES = 'image augmented samples 0';
/** Everything, of a run that ends after a step. */
const whole = (step: number) => [
  ...TEXTS,
  SAMPLES,
  ...['curves', 'confusion matrix', 'mistakes', 'first-layer filters', 'feature maps'].map(
    (name) => `image ${name} ${step}`,
  ),
  `model model ${step}`,
];
describe('what a run records beside its numbers', () => {
  it('the whole, in order, with the network as it is evaluated', async () => {
    const checkpoints = newFolder();
    const { told, read, lines } = await recorded({ checkpoints, source: { file: 'rows.ts' } });
    expect(told.artifacts).toEqual(whole(9));
    expect({ lines, status: told.status }).toEqual({ lines: [], status: 'FINISHED' });

    expect(JSON.parse(read('experiment.json').toString())).toMatchObject({
      name: 'resume',
      source: { file: 'rows.ts' },
      model: { name: 'small', inputShape: [8, 8, 1], classes: 4 },
      dataset: { splits: { train: { size: 100, transforms: [{ factor: 1 / 255 }, {}, { padding: 1 }] } } },
      optimizer: { name: 'adam', config: { learningRate: { patience: 0 } } },
      averaging: { name: 'ema', config: { decay: 0.9 } },
      batchSize: 8,
      seed: 3,
    });
    expect(read('model_summary.txt').toString()).toMatch(
      /^layer +type[^]*\nC1 +Conv2D [^]*\ntotal +636 +1,872\n/,
    );
    expect(JSON.parse(read('tags.json').toString())).toMatchObject({
      'model.parameters': expect.stringMatching(/^\d+$/),
      'model.macs': expect.stringMatching(/^\d+$/),
    });
    expect(JSON.parse(read('packages.json').toString())).toMatchObject({
      node: process.version,
      tensorflow: expect.stringMatching(/^2\.\d+\.\d+$/),
      packages: { '@paperlab/core': expect.any(String), '@tensorflow/tfjs-layers': '4.22.0' },
    });
    const images = readdirSync(join(told.folder, 'images'));
    expect(images).toHaveLength(6);
    for (const image of images)
      expect((await loadImage(read(join('images', image)))).width).toBeGreaterThan(0);

    const [model] = told.models;
    expect(model).toMatchObject({
      inputs: { images: [-1, 8, 8, 1] },
      outputs: { logits: [-1, 4] },
      classNames: ['0', '1', '2', '3'],
    });
    for (const gone of Object.values(model!.folders)) expect(existsSync(gone)).toBe(false);
    expect(readdirSync(join(told.folder, 'models/model/savedModel')).sort()).toEqual([
      'assets.extra',
      'saved_model.pb',
      'variables',
    ]);
    await setBackend('cpu');
    registerLayers();
    const loaded = await loadLayersModel(io.fromMemory(tfjsFiles(join(told.folder, 'models/model/tfjs'))));
    expect(loaded.getUserDefinedMetadata()).toMatchObject({ model: 'small', step: 9, epoch: 3 });
    const example = tensor(model!.inputExample!['images'] as number[][][][]);
    expect(example.shape).toEqual([2, 8, 8, 1]);
    const averaged = await (await loadCheckpoint(checkpoints)).model();
    const [found, expected] = [loaded, averaged].map((network) => network.predict(example) as Tensor);
    expect(found!.dataSync()).toEqual(expected!.dataSync());
  });

  it('its options leave out parts; the newest checkpoint is a part too', async () => {
    const record = { figures: false, systemMetrics: false, model: false };
    const texts = await recorded({ record });
    expect(texts.told.artifacts).toEqual(TEXTS);
    expect(texts.told.metrics.some(([, values]) => Object.keys(values).some(isSystem))).toBe(false);
    const all = await recorded({ record: { ...record, checkpoint: true }, checkpoints: newFolder() });
    expect(all.told.artifacts).toEqual([...TEXTS, 'folder checkpoints/step-00000009']);
    const { weights } = await loadCheckpoint(join(all.told.folder, 'checkpoints/step-00000009'));
    expect(weights.has('C1/kernel')).toBe(true);
  });

  it('on plain tfjs, the model is for tfjs', async () => {
    const { told, lines, read } = await recorded({ engine: eager({ backend: 'cpu' }) });
    expect(told.artifacts).toEqual(whole(9));
    expect(lines).toEqual([]);
    expect(Object.keys(told.models[0]!.folders)).toEqual(['tfjs']);
    expect(JSON.parse(read('packages.json').toString())).not.toHaveProperty('tensorflow');
  });

  it('nothing of a fast dev run', async () => {
    const { told } = await recorded({ limits: { fastDevRun: true } });
    expect({ ...told, folder: '' }).toEqual({ folder: '', artifacts: [], metrics: [], models: [] });
  });

  it('system metrics of a run of any length, at its steps', async () => {
    const { told } = await recorded();
    const samples = told.metrics.filter(([, values]) => Object.keys(values).some(isSystem));
    expect(samples.map(([step]) => step)).toEqual([9]);
  });
});

describe('recording changes nothing', () => {
  const weights = (checkpoints: string) =>
    ['weights', 'optimizer', 'averages'].map((name) =>
      readFileSync(join(checkpoints, 'step-00000009', `${name}.safetensors`)).toString('hex'),
    );

  it.each([
    ['TensorFlow', () => tensorflow()],
    ['plain tfjs', async () => eager({ backend: 'cpu' })],
  ])('in the weights, of a run and of one that is resumed, on %s', async (_, makeEngine) => {
    const engine = await makeEngine();
    const [plain, recording, parts] = [newFolder(), newFolder(), newFolder()];
    const { epochs } = await recorded({ engine, trackers: [], checkpoints: plain });
    const same = await recorded({ engine, checkpoints: recording });
    expect(weights(recording)).toEqual(weights(plain));
    const losses = (all: EpochResult[]) => all.map(({ train, valid }) => [train.loss, valid.loss]);
    expect(losses(same.epochs)).toEqual(losses(epochs));

    await recorded({ engine, limits: { ...few, maxSteps: 4 }, checkpoints: parts });
    const { told } = await recorded({ engine, checkpoints: parts, resume: true });
    expect(weights(parts)).toEqual(weights(plain));
    // Samples are of the first step; the rest is as of a run that was never stopped.
    expect(told.artifacts).toEqual(whole(9).filter((name) => name !== SAMPLES));
  });

  it.each([
    ['as they are', []],
    ['mixed', [{ name: 'mixup', alpha: 0.2 }]],
  ] as const)('in memory, with images %s', async (_, mixing) => {
    const engine = await tensorflow();
    const { dataset } = rowsExperiment;
    const open: Dataset['open'] = async (name) => {
      const split = await dataset.open(name);
      return name === 'train' ? { ...split, transforms: [...split.transforms, ...mixing] } : split;
    };
    const changes = { dataset: { ...dataset, open }, epochs: 1 };
    const { told } = await recorded({ engine, changes });
    expect(told.artifacts).toEqual(whole(3));
    const before = engine.memory();
    await recorded({ engine, changes });
    expect(engine.memory()).toEqual(before);
  });
});

describe('a run that does not end well', () => {
  it('is KILLED: its curves alone, and no trained network', async () => {
    const abort = new AbortController();
    const changes = { callbacks: [{ name: 'abort', epochEnd: () => abort.abort() }] };
    const { told, failed, lines } = await recorded({ signal: abort.signal, changes });
    expect(failed).toMatchObject({ name: 'AbortError' });
    expect(told.artifacts).toEqual([...TEXTS, SAMPLES, 'image curves 3']);
    expect({ lines, status: told.status }).toEqual({ lines: [], status: 'KILLED' });
  });

  it('has diverged: nothing of the network', async () => {
    const { told } = await recorded({ changes: { optimizer: sgd({ learningRate: 3e38 }) } });
    expect(told.artifacts).toEqual([...TEXTS, SAMPLES]);
    expect(told.status).toBe('FAILED');
  });

  it('an interruption at the end leaves out the rest', async () => {
    const abort = new AbortController();
    const refuse = (artifact: Artifact) => {
      if ('name' in artifact && artifact.name === 'curves') abort.abort();
    };
    const { told, failed, lines } = await recorded({ signal: abort.signal, refuse });
    expect(told.artifacts).toEqual([...TEXTS, SAMPLES, 'image curves 9']);
    expect({ failed, lines, status: told.status }).toEqual({
      failed: undefined,
      lines: [],
      status: 'FINISHED',
    });
  });
});

describe('what cannot be recorded is reported in a line, and the run goes on', () => {
  it('an artifact that a tracker throws for; the other tracker gets it', async () => {
    const other = folderTracker(newFolder());
    const { tracker, told } = folderTracker(newFolder(), ({ kind }) => {
      if (kind === 'image') throw new Error('no room for pictures');
    });
    const { lines, failed } = await recorded({ trackers: [tracker, { ...other.tracker, name: 'other' }] });
    expect(failed).toBeUndefined();
    expect(told.artifacts).toEqual([...TEXTS, 'model model 9']);
    expect(other.told.artifacts).toEqual(whole(9));
    expect(lines).toHaveLength(6);
    expect(lines[0]).toBe('not recorded: augmented samples (no room for pictures)');
  });

  it('parts that cannot be made: the images are gone when training ends', async () => {
    const images = newFolder();
    await mkdir(images);
    const files = await Promise.all(
      Array.from({ length: 24 }, async (_, i) => {
        const canvas = createCanvas(8, 8);
        canvas.getContext('2d').fillRect(i % 8, 0, 1, 8);
        await writeFile(join(images, `${i}.png`), canvas.toBuffer('image/png'));
        return join(images, `${i}.png`);
      }),
    );
    const source = {
      kind: 'files',
      files,
      channels: 1,
      labels: Int32Array.from(files, (_, i) => i % 4),
    } as const;
    const open = async () => ({ size: 24, source, transforms: [], digest: 'files' });
    const callbacks = [{ name: 'gone', epochEnd: () => rmSync(images, { recursive: true }) }];
    const dataset = { ...rowsExperiment.dataset, name: 'files', open };
    const { told, lines, failed } = await recorded({ changes: { dataset, callbacks, epochs: 1 } });
    expect({ failed, status: told.status }).toEqual({ failed: undefined, status: 'FINISHED' });
    expect(told.artifacts).toEqual([...TEXTS, SAMPLES, 'image curves 3', 'image first-layer filters 3']);
    expect(lines).toEqual(
      ['confusion matrix', 'feature maps', 'model'].map((what) =>
        expect.stringMatching(new RegExp(`^not recorded: ${what} \\(.*${images}/\\d+\\.png.*\\)$`)),
      ),
    );
  });

  it('a record that was opened is closed when another cannot be', async () => {
    const { tracker, told } = folderTracker(newFolder());
    const closed: Tracker = { name: 'closed', start: () => Promise.reject(new Error('closed on Sundays')) };
    const { failed } = await recorded({ trackers: [tracker, closed] });
    expect(failed).toMatchObject({ message: 'closed on Sundays' });
    expect(told.status).toBe('FAILED');
    expect(told.artifacts).toEqual([]);
  });
});

const isSystem = (name: string) => name.startsWith('system/');

/** What tfjs wrote into a folder. */
function tfjsFiles(path: string): io.ModelArtifacts {
  const { weightsManifest, ...json } = JSON.parse(readFileSync(join(path, 'model.json'), 'utf8'));
  const [{ paths, weights }] = weightsManifest;
  const bytes = Buffer.concat(paths.map((name: string) => readFileSync(join(path, name))));
  return { ...json, weightSpecs: weights, weightData: new Uint8Array(bytes).buffer };
}
