import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  adam,
  bestCheckpoints,
  type Callback,
  type Dataset,
  defineExperiment,
  eager,
  earlyStopping,
  type Engine,
  type Experiment,
  type ExperimentInput,
  type Loss,
  sdlm,
  softmaxCrossEntropy,
  type Transform,
} from '@paperlab/core';
import '@tensorflow/tfjs-backend-cpu';
import { cast, div, notEqual, slice } from '@tensorflow/tfjs-core';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rows, rowsExperiment } from './testing/rows.js';
import { train, type TrainOptions } from './train.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'paperlab-resume-'));
});
afterEach(() => rm(folder, { recursive: true }));

const experiment = (changes: Partial<ExperimentInput> = {}) =>
  defineExperiment({ ...rowsExperiment, ...changes });

/** With more transforms of training images. */
const augmented = (dataset: Dataset, transforms: readonly Transform[]): Dataset => ({
  ...dataset,
  async open(split) {
    const opened = await dataset.open(split);
    return split === 'train' ? { ...opened, transforms: [...opened.transforms, ...transforms] } : opened;
  },
});

async function run(what: Experiment, name: string, options: TrainOptions = {}): Promise<string[]> {
  const reports: string[] = [];
  const report = (line: string) => void reports.push(line);
  for await (const _ of train(what, { checkpoints: join(folder, name), report, ...options }));
  return reports;
}

/** Runs until a step is about to begin, and stops there. */
async function runUntil(step: number, what: Experiment, name: string, options: TrainOptions = {}) {
  const controller = new AbortController();
  const { optimizer } = what;
  const stopping = defineExperiment({
    ...what,
    optimizer: {
      ...optimizer,
      hyperparameters(progress, scale) {
        if (progress.step >= step - 1) controller.abort(new Error('stopped'));
        return optimizer.hyperparameters(progress, scale);
      },
    },
  });
  await expect(run(stopping, name, { ...options, signal: controller.signal })).rejects.toThrow('stopped');
}

/** The files of the newest checkpoint that hold what was trained, by name. */
async function newest(name: string): Promise<Record<string, Buffer>> {
  const names = (await readdir(join(folder, name))).sort();
  const path = join(folder, name, names.at(-1)!);
  const files = (await readdir(path)).filter((file) => file.endsWith('.safetensors'));
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, await readFile(join(path, file))] as const)),
  );
}

async function expectSameBits(name: string, whole = 'whole') {
  const [expected, actual] = [await newest(whole), await newest(name)];
  expect(Object.keys(actual)).toEqual(Object.keys(expected));
  for (const [file, bytes] of Object.entries(expected))
    expect([file, Buffer.compare(actual[file]!, bytes)]).toEqual([file, 0]);
}

describe('a run that is stopped and resumed ends with the same bits', () => {
  const engines: [name: string, make: () => Engine | undefined][] = [
    ['TensorFlow', () => undefined],
    ['plain tfjs', () => eager({ backend: 'cpu' })],
  ];

  it.each(engines)(
    'on %s, from any step',
    async (_, make) => {
      await run(experiment(), 'whole', { engine: make() });
      expect(Object.keys(await newest('whole')).sort()).toEqual([
        'averages.safetensors',
        'optimizer.safetensors',
        'weights.safetensors',
      ]);
      for (const step of [1, 7, 13, 20, 26, 38]) {
        const name = `stopped-${step}`;
        await runUntil(step, experiment(), name, { engine: make() });
        const reports = await run(experiment(), name, { engine: make(), resume: true });
        expect(reports.filter((line) => line.startsWith('going on from'))).toHaveLength(1);
        await expectSameBits(name);
      }
    },
    60_000,
  );

  it.each<[name: string, make: () => Engine | undefined, before: readonly Transform[]]>([
    ['on TensorFlow', () => undefined, []],
    ['one by one', () => undefined, [{ name: 'map', label: 'same', fn: (image) => image }]],
    ['on plain tfjs', () => eager({ backend: 'cpu' }), []],
  ])(
    'of mixed images, in the middle of an epoch, %s',
    async (_, make, before) => {
      const mixing = experiment({
        dataset: augmented(rows, [...before, { name: 'cutmix', alpha: 1 }]),
        gradientAccumulationSteps: 2,
        epochs: 1,
      });
      await run(mixing, 'whole', { engine: make() });
      await runUntil(4, mixing, 'stopped', { engine: make() });
      await run(mixing, 'stopped', { engine: make(), resume: true });
      await expectSameBits('stopped');
    },
    30_000,
  );

  it('several times, and with gradients of several batches', async () => {
    const accumulating = experiment({ gradientAccumulationSteps: 5 });
    await run(accumulating, 'whole');
    for (const step of [2, 5]) await runUntil(step, accumulating, 'stopped', { resume: true });
    await run(accumulating, 'stopped', { resume: true });
    await expectSameBits('stopped');
  }, 30_000);

  it('whose optimizer measures curvature, before an epoch, while it measures, and in it', async () => {
    const measuring = experiment({ optimizer: sdlm({ learningRate: 0.01 }), epochs: 2, batchSize: 25 });
    await run(measuring, 'whole');
    for (const step of [2, 4, 5]) {
      await runUntil(step, measuring, `stopped-${step}`);
      await run(measuring, `stopped-${step}`, { resume: true });
      await expectSameBits(`stopped-${step}`);
    }
    const controller = new AbortController();
    const aborting = train(measuring, { checkpoints: join(folder, 'early'), signal: controller.signal });
    const first = aborting.next();
    setTimeout(() => controller.abort(new Error('stopped')), 200);
    await expect(first.then(() => aborting.next())).rejects.toThrow('stopped');
    await run(measuring, 'early', { resume: true });
    await expectSameBits('early');
  });

  it('with weights that thaw, and steps that are skipped', async () => {
    const weights = [{ match: 'C1/*', frozenEpochs: 1 }];
    // Infinite for every batch that begins with an example of class 3.
    const loss: Loss = (outputs, labels) =>
      div(softmaxCrossEntropy(outputs, labels), cast(notEqual(slice(labels, [0], [1]), 3), 'float32'));
    const model = { ...rowsExperiment.model, loss };
    const changing = experiment({ weights, model, onNonFinite: 'skip' });
    await run(changing, 'whole');
    for (const step of [6, 12, 14, 20]) {
      await runUntil(step, changing, `stopped-${step}`);
      await run(changing, `stopped-${step}`, { resume: true });
      await expectSameBits(`stopped-${step}`);
    }
  });

  it.each(['bfloat16', 'mixed_float16'] as const)(
    'in %s',
    async (precision) => {
      const fewerBits = experiment({ precision, epochs: 2 });
      await run(fewerBits, 'whole');
      for (const step of [1, 13]) {
        await runUntil(step, fewerBits, `stopped-${step}`);
        await run(fewerBits, `stopped-${step}`, { resume: true });
        await expectSameBits(`stopped-${step}`);
      }
    },
    30_000,
  );

  it('that ended can be given more epochs', async () => {
    await run(experiment({ epochs: 4 }), 'whole');
    await run(experiment({ epochs: 2 }), 'longer');
    await run(experiment({ epochs: 4 }), 'longer', { resume: true });
    await expectSameBits('longer');
  });
});

describe('a damaged checkpoint', () => {
  it.each([
    'weights.safetensors',
    'optimizer.safetensors',
    'averages.safetensors',
    'state.json',
    'manifest.json',
    'model.json',
  ])('is passed over for the one before it, and %s is named', async (file) => {
    await run(experiment(), 'whole');
    const names = (await readdir(join(folder, 'whole'))).sort();
    expect(names).toHaveLength(2);
    const damaged = join(folder, 'whole', names[1]!, file);
    const bytes = await readFile(damaged);
    await writeFile(damaged, bytes.with(bytes.length >> 1, bytes[bytes.length >> 1]! ^ 4));
    const before = await newest('whole').then((files) => ({ ...files, [file]: bytes }));

    const [told, goingOn] = await run(experiment(), 'whole', { resume: true });
    expect(told).toContain(join(folder, 'whole', names[1]!));
    expect(told).toContain('the checkpoint before it is used');
    expect(goingOn).toBe(`going on from ${join(folder, 'whole', names[0]!)}`);
    const after = await newest('whole');
    for (const [name, content] of Object.entries(after))
      expect(Buffer.compare(content, before[name]!)).toBe(0);
  });
});

describe('resume', () => {
  it('begins where there is nothing to go on from', async () => {
    expect((await run(experiment({ epochs: 1 }), 'none', { resume: true })).join()).not.toContain('going on');
  });

  it('refuses a checkpoint of another experiment, with what differs', async () => {
    await run(experiment({ epochs: 1 }), 'other');
    const other = experiment({ batchSize: 16, optimizer: adam({ learningRate: 0.01 }) });
    await expect(run(other, 'other', { resume: true })).rejects.toThrow(
      /is of another experiment: .*optimizer\.learningRate.*batchSize was 8 and is 16.* Change it back, or start a new run\.$/,
    );
  });

  it("gives callbacks their state, and trackers their record's id", async () => {
    const counting = (): Callback & { seen: number } => ({
      name: 'counting',
      seen: 0,
      epochEnd() {
        this.seen++;
      },
      save() {
        return this.seen;
      },
      restore(state) {
        this.seen = state as number;
      },
    });
    const [first, second] = [counting(), counting()];
    await run(experiment({ epochs: 2, callbacks: [first] }), 'callbacks');
    await run(experiment({ epochs: 3, callbacks: [second] }), 'callbacks', { resume: true });
    expect([first.seen, second.seen]).toEqual([2, 3]);
  });
});

describe('the checkpoints that are kept', () => {
  const steps = async (name: string) => (await readdir(join(folder, name))).sort();

  it('are the newest two, and the best', async () => {
    const valid = [0.3, 0.9, 0.2, 0.5, 0.4]; // what a callback before it makes of the metrics
    const scripted: Callback = {
      name: 'scripted',
      epochEnd: (epoch) => void Object.assign(epoch.valid, { top1: valid[epoch.epoch] }),
    };
    const best = () => bestCheckpoints({ monitor: 'top1' });
    const whole = () => experiment({ epochs: 5, callbacks: [scripted, best()] });
    await run(whole(), 'best');
    expect(await steps('best')).toEqual(['step-00000026', 'step-00000052', 'step-00000065']);
    // A resumed run knows of the best one before.
    await run(experiment({ epochs: 3, callbacks: [scripted, best()] }), 'resumed');
    await run(whole(), 'resumed', { resume: true });
    expect(await steps('resumed')).toEqual(await steps('best'));
  });

  it('are of the epochs up to the one in which early stopping ends the run', async () => {
    // The loss of no epoch is lower than the first one's by so much.
    const stopping = experiment({ epochs: 9, callbacks: [earlyStopping({ patience: 2, minDelta: 100 })] });
    await run(stopping, 'early');
    expect(await steps('early')).toEqual(['step-00000026', 'step-00000039']);
  });
});

describe('a checkpoint that cannot be written', () => {
  it('is reported; training goes on', async () => {
    await writeFile(join(folder, 'file'), '');
    const reports = await run(experiment({ epochs: 1 }), 'file');
    expect(reports).toEqual([
      expect.stringMatching(
        /^.*file\/step-00000013 could not be written: .*; the checkpoint before it stays$/,
      ),
    ]);
  });
});
