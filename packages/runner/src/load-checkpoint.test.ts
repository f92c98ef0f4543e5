import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { adam, defineExperiment, type EpochResult, pretrained } from '@paperlab/core';
import '@tensorflow/tfjs-backend-cpu';
import { argMax, tensor, type Tensor } from '@tensorflow/tfjs-core';
import { layers, type Sequential } from '@tensorflow/tfjs-layers';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCheckpoint } from './load-checkpoint.js';
import { rows, rowsExperiment } from './testing/rows.js';
import { train, type TrainOptions } from './train.js';

const body = { ...rowsExperiment, optimizer: adam({ learningRate: 0.02 }), epochs: 8 };
let folder: string;
let trained: EpochResult;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'paperlab-load-'));
  trained = await run(defineExperiment(body), { checkpoints: join(folder, 'rows', 'run') });
});
afterAll(() => rm(folder, { recursive: true }));

async function run(experiment: ReturnType<typeof defineExperiment>, options: TrainOptions = {}) {
  let last;
  for await (const epoch of train(experiment, options)) last = epoch;
  return last!;
}

describe('loadCheckpoint', () => {
  it.each(['rows/run/step-00000104', 'rows/run', 'rows'])('gives the model, by %s', async (path) => {
    const { model: build, weights, ...rest } = await loadCheckpoint(join(folder, path));
    const model = await build();
    expect(rest).toEqual({
      path: join(folder, 'rows/run/step-00000104'),
      step: 104,
      epoch: 8,
      classNames: ['0', '1', '2', '3'],
    });
    expect([...weights.keys()].sort()).toEqual(model.weights.map(({ originalName }) => originalName).sort());
    // It is what training evaluated: with the averaged weights.
    const split = await rows.open('valid');
    const { images, labels } = split.source as { images: Uint8Array; labels: Int32Array };
    const logits = model.predict(
      tensor(
        Float32Array.from(images, (pixel) => pixel / 255),
        [100, 8, 8, 1],
      ),
    );
    const predicted = argMax(logits as Tensor, -1).dataSync();
    const right = labels.filter((label, i) => label === predicted[i]).length;
    expect(right / labels.length).toBe(trained.valid.top1);
    expect(right).toBeGreaterThan(60); // chance is 25; how much more depends on the rounding of the threads
  });

  it('says what is wrong with a path', async () => {
    await expect(loadCheckpoint(join(folder, 'nowhere'))).rejects.toThrow('no such checkpoint: ');
    await expect(loadCheckpoint(tmpdir())).rejects.toThrow('there is no whole checkpoint in ');
    await expect(loadCheckpoint(join(folder, 'rows/run/step-00000104/state.json'))).rejects.toThrow(
      'is not a checkpoint',
    );
  });
});

describe('a new head on a trained body', () => {
  const model = {
    ...rowsExperiment.model,
    build: () => {
      const network = rowsExperiment.model.build() as Sequential;
      network.pop();
      network.add(layers.dense({ name: 'head', units: 4 }));
      return network;
    },
  };
  const begin = { optimizer: adam({ learningRate: 0 }), averaging: undefined, epochs: 1 };

  it('begins with the weights that were trained', async () => {
    const { weights } = await loadCheckpoint(join(folder, 'rows'));
    const model = pretrained(rowsExperiment.model, weights);
    const untouched = await run(defineExperiment({ ...rowsExperiment, ...begin, model }), {
      limits: { limitTrainBatches: 1 },
    });
    expect(untouched.valid.loss).toBeCloseTo(trained.valid.loss, 1); // running statistics moved by a batch
  });

  it('learns with a frozen body', async () => {
    const { weights } = await loadCheckpoint(join(folder, 'rows'));
    const old = new Map([...weights].filter(([name]) => !name.startsWith('F2/'))); // the old head
    const experiment = defineExperiment({
      ...rowsExperiment,
      model: pretrained(model, old, { except: 'head/*' }),
      optimizer: adam({ learningRate: 0.03 }),
      weights: [
        { match: '*', trainable: false },
        { match: 'head/*', trainable: true },
      ],
      epochs: 4,
    });
    const result = await run(experiment, { checkpoints: join(folder, 'tuned') });
    expect(result.valid.top1).toBeGreaterThan(0.6);
    const tuned = await loadCheckpoint(join(folder, 'tuned'));
    expect(tuned.weights.get('C1/kernel')!.bytes).toEqual(weights.get('C1/kernel')!.bytes);
  });

  it('names every weight that does not fit', async () => {
    const { weights } = await loadCheckpoint(join(folder, 'rows'));
    expect(() => pretrained(model, weights)).toThrow(
      'pretrained: what small begins with does not fit: head/kernel is missing; head/bias is missing; F2/bias is not wanted; F2/kernel is not wanted.',
    );
    expect(() => pretrained(rowsExperiment.model, weights, { except: 'F3/*' })).toThrow(
      'pretrained: except is "F3/*", and no weight of small is called so',
    );
  });
});
