import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { type EpochResult, type Experiment, type Study, summary } from '@paperlab/core';
import { train } from '@paperlab/runner';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

jest.setTimeout(240_000); // the small settings of all networks, one after the other

/**
 * Trainable weights of what each file trains: of a study, variant by variant; of others the experiment itself. AlexNets for images of 64
 * pixels have 256 inputs to `fc6` in place of 9,216, for 115 pixels 1,024.
 */
// prettier-ignore
const files: Record<string, number | Record<string, number>> = {
  'alexnet-gpu2-cifar10': 56_909_194,
  'alexnet-imagenet': 60_965_224,
  'alexnet-imagenet-small': 20_209_034,
  'alexnet-imagenette': 58_325_066,
  'alexnet-modern-studies': { base: 58_325_066, leakyRelu: 58_325_066, noBatchNorm: 58_322_314 },
  'alexnet-modern-studies-small': { base: 21_624_906, leakyRelu: 21_624_906, noBatchNorm: 21_622_154 },
  'alexnet-subset': 24_770_634,
  'googlenet-cifar10': 5_998_362,
  'googlenet-subset': 5_998_362,
  'lenet5-fine-tuning': 61_706,
  'lenet5-mnist': 61_706,
  'lenet5-paper': 60_000,
  'lenet5-real': 60_850,
  'lenet5-studies': { base: 61_706, relu: 61_706, leakyRelu: 61_706, maxPool: 61_706, minPool: 61_706, adagrad: 61_706, sgd: 61_706 },
  'lenet5-studies-small': { base: 61_706, relu: 61_706, leakyRelu: 61_706, maxPool: 61_706, minPool: 61_706, adagrad: 61_706, sgd: 61_706 },
  'minivgg16-cifar10': 16_302_794,
  'minivgg16-cifar10-jpeg': 16_302_794,
  'minivgg16-studies': { base: 16_302_794, noBatchNorm: 16_299_850, minPool: 16_302_794 },
  'minivgg16-studies-small': { base: 16_302_794, noBatchNorm: 16_299_850, minPool: 16_302_794 },
  'resnet-studies': { resnet50: 23_528_522, resnet101: 42_520_650, resnet50At32: 23_528_522 },
  'resnet-studies-small': { resnet50: 23_528_522, resnet101: 42_520_650, resnet50At32: 23_528_522 },
  'resnet20-cifar10-jpeg': 269_722,
  'resnet50-cifar10': 23_528_522,
  'resnet50-subset': 23_528_522,
  'vgg16-cifar10': 134_304_458,
};

interface Exports {
  readonly experiment?: Experiment;
  readonly experiments?: Readonly<Record<string, Experiment>>;
  readonly default?: Study;
}
const exportsOf = (file: string) => import(`./${file}.ts`) as Promise<Exports>;
const weightsOf = ({ model }: Experiment) => summary(model).trainableParameters;

/** Where a file's smaller setting is: `NAME.ts:small`, or a file of its own. */
async function smallOnes(file: string): Promise<[name: string, experiment: Experiment][]> {
  const { experiment, experiments, default: study } = await exportsOf(file);
  if (!file.endsWith('-small')) return Object.entries(experiments ?? {});
  return study ? Object.entries(study.variants) : [[file, experiment!]];
}

async function lastEpoch(epochs: AsyncIterable<EpochResult>): Promise<EpochResult | undefined> {
  let last;
  for await (const epoch of epochs) last = epoch;
  return last;
}
const fastDevRun = (experiment: Experiment) => lastEpoch(train(experiment, { limits: { fastDevRun: true } }));

/** Class folders without images, as of the datasets that are not in everyone's reach, and the checkpoint that one file begins with. */
const [folder, data, home] = [
  mkdtempSync(join(tmpdir(), 'experiments-')),
  process.env['PAPERLAB_DATA'],
  process.cwd(),
];
beforeAll(async () => {
  for (const [name, part, classes] of [
    ['cifar10-jpeg', 'test', 10],
    ['imagenet', 'val', 1000],
  ] as const)
    for (let label = 0; label < classes; label++) {
      mkdirSync(join(folder, name, 'train', `${label}`), { recursive: true });
      mkdirSync(join(folder, name, part, `${label}`), { recursive: true });
    }
  process.env['PAPERLAB_DATA'] = folder;
  process.chdir(folder);
  const { small } = (await exportsOf('lenet5-mnist')).experiments!;
  await lastEpoch(
    train({ ...small!, epochs: 1 }, { checkpoints: '.paperlab/checkpoints/lenet5-mnist', trackers: [] }),
  );
});
afterAll(() => {
  process.chdir(home);
  if (data === undefined) delete process.env['PAPERLAB_DATA'];
  else process.env['PAPERLAB_DATA'] = data;
  rmSync(folder, { recursive: true, force: true });
});

it('has every file of the folder in its table', () => {
  const found = readdirSync(import.meta.dirname).filter((name) => /(?<!\.test)\.ts$/.test(name));
  expect(found.map((name) => name.slice(0, -3)).sort()).toEqual(Object.keys(files).sort());
});

it.each(Object.entries(files))('%s exports what it should, with as many weights', async (file, expected) => {
  const { experiment, default: study } = await exportsOf(file);
  if (typeof expected === 'number') expect(weightsOf(experiment!)).toBe(expected);
  else {
    const found = Object.entries(study!.variants).map(([name, variant]) => [name, weightsOf(variant)]);
    expect(Object.fromEntries(found)).toEqual(expected);
  }
});

it('has a smaller setting of each run of the seed', async () => {
  const whole = Object.keys(files).filter((file) => /(cifar10|imagenette?|studies|mnist|real)$/.test(file));
  for (const file of whole)
    if (!(`${file}-small` in files)) expect(await smallOnes(file)).toEqual([['small', expect.anything()]]);
});

/** Those that have one, in the file itself or in the file that is it. */
const small = Object.keys(files).filter(
  (file) => !/(-jpeg|-subset|-paper|-tuning)$/.test(file) && !(`${file}-small` in files),
);
const ofLenet = (file: string) => file.startsWith('lenet5');

async function trains(file: string) {
  const experiments = await smallOnes(file);
  expect(experiments.length).toBeGreaterThan(0);
  for (const [, experiment] of experiments) {
    const { train, valid } = (await fastDevRun(experiment))!;
    expect([train.loss, valid.loss].every(Number.isFinite)).toBe(true);
  }
}

it.each(small.filter(ofLenet))('trains the smaller setting of %s', trains);

const [on, why] = process.env['CI']
  ? [it, '']
  : [it.skip, ' (skipped: all of these take minutes; CI=true runs them)'];
on.each(small.filter((file) => !ofLenet(file)))(`trains the smaller setting of %s${why}`, trains);
