import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { adam, defineExperiment, type Model, type Transform } from '@paperlab/core';
import { imageFolder } from '@paperlab/datasets';
import { alexnet } from '@paperlab/model-alexnet';
import { googlenet } from '@paperlab/model-googlenet';
import { cifarResnet, resnet, resnet50 } from '@paperlab/model-resnet50';
import { vgg } from '@paperlab/model-vgg16';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { overfit } from './overfit.js';

const archive = resolve(import.meta.dirname, '../../../shared/data/cifar10-jpeg.tgz');
const [real, why] = existsSync(archive) ? [it, ''] : [it.skip, ' (skipped: no ../shared/data)'];

const [onCi, whyNot] =
  process.env['CI'] || !existsSync(archive)
    ? [real, why]
    : [it.skip, ' (skipped: all of these take minutes; CI=true runs them)'];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'paperlab-overfit-'));
  if (existsSync(archive))
    execFileSync('tar', ['-xzf', archive, '-C', folder, '--wildcards', 'train/*/000[0-3].jpg']);
});
afterAll(() => rm(folder, { recursive: true }));

/** As the seed has them, 0 to 1. */
const fractions: Transform = { name: 'scale', factor: 1 / 255, offset: 0 };
/** As AlexNet's paper has them, about 0: its initial weights are small. */
const centred: Transform = { name: 'scale', factor: 1, offset: -120 };
/** Further from 0: from Glorot's weights, each of E's layers halves the variance. */
const far: Transform = { name: 'scale', factor: 4, offset: -480 };
/** About 0, and no more than 1 or 2. */
const normalized: Transform = { name: 'scale', factor: 1 / 64, offset: -1.9 };

const at64 = { classes: 10, inputSize: 64 } as const;
const at32 = { classes: 10, inputSize: 32, dropout: 0 } as const;
/** Deep columns do not start from the paper's weights. */
const glorot = { ...at32, initialWeights: 'glorot' } as const;
const inception = { ...at64, dropout: 0, auxiliaryDropout: 0 } as const;

type Row = [
  name: string,
  model: Model,
  inputSize: 32 | 64,
  pixels: Transform,
  learningRate: number,
  steps: number,
];

const rows: Row[] = [
  ['alexnet modern', alexnet({ variant: 'modern', ...at64 }), 64, fractions, 1e-4, 40],
  ['alexnet paper', alexnet({ variant: 'paper', ...at64, dropout: 0 }), 64, centred, 3e-4, 150],
  ['vgg A', vgg({ variant: 'A', ...at32 }), 32, normalized, 1e-4, 60],
  ['vgg mini', vgg({ variant: 'mini', ...at32 }), 32, fractions, 3e-4, 60],
  ['googlenet paper', googlenet(inception), 64, centred, 3e-4, 150],
  ['googlenet seed', googlenet({ variant: 'seed', ...inception }), 64, fractions, 1e-3, 60],
  ['resnet 18', resnet({ depth: 18, ...at64 }), 64, normalized, 1e-3, 40],
  ['resnet 50', resnet50(at64), 64, normalized, 1e-3, 40],
  ['cifar resnet 20', cifarResnet({ depth: 20 }), 32, normalized, 3e-3, 60],
];
const more: Row[] = [
  ['alexnet code2012', alexnet({ variant: 'code2012', ...at64, dropout: 0 }), 64, centred, 3e-4, 150],
  ['vgg A-LRN', vgg({ variant: 'A-LRN', ...at32 }), 32, normalized, 1e-4, 60],
  ['vgg B', vgg({ variant: 'B', ...glorot }), 32, centred, 1e-4, 60],
  ['vgg C', vgg({ variant: 'C', ...glorot }), 32, centred, 1e-4, 60],
  ['vgg D', vgg({ variant: 'D', ...glorot }), 32, centred, 1e-4, 60],
  ['vgg E', vgg({ variant: 'E', ...glorot }), 32, far, 1e-4, 60],
  ['vgg seed', vgg({ variant: 'seed', ...at32 }), 32, fractions, 1e-4, 60],
  ['googlenet auxiliary', googlenet({ ...inception, auxiliary: true }), 64, centred, 3e-4, 150],
  ['resnet 34', resnet({ depth: 34, ...at64 }), 64, normalized, 1e-3, 40],
  ['resnet 50 v1.5', resnet50({ variant: 'v1.5', ...at64 }), 64, normalized, 1e-3, 40],
  ['resnet 101', resnet({ depth: 101, ...at64 }), 64, normalized, 1e-3, 40],
  ['resnet 152', resnet({ depth: 152, ...at64 }), 64, normalized, 1e-3, 40],
  ['cifar resnet 110', cifarResnet({ depth: 110 }), 32, normalized, 3e-3, 60],
];

/** Milliseconds for each: for what hangs. They take up to 60 s on two quiet cores. */
const LIMIT = 300_000;

real.each(rows)(`%s learns 32 photos of CIFAR-10${why}`, learns, LIMIT);
onCi.each(more)(`%s learns 32 photos of CIFAR-10${whyNot}`, learns, LIMIT);

async function learns(...[name, model, size, pixels, learningRate, steps]: Row) {
  const experiment = defineExperiment({
    name,
    model,
    dataset: imageFolder({
      folder,
      size,
      train: 'train[:32]',
      valid: 'train[32:]',
      transforms: [pixels],
    }),
    optimizer: adam({ learningRate }),
    batchSize: 32,
    epochs: steps, // one step each
    seed: 1,
  });
  expect(await overfit(experiment)).toBe(1);
}
