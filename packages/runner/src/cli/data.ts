import type { Dataset, Engine, Split, SplitName } from '@paperlab/core';
import { Argument, InvalidArgumentError, Option } from 'commander';
import { writeFile } from 'node:fs/promises';
import type { DrawnBatch } from '../data/batches.js';
import { count } from '../data/count.js';
import { CommandWithPlugins } from './plugin-options.js';

const ACTIONS = ['show', 'stats', 'verify'] as const;
type Action = (typeof ACTIONS)[number];
const SPLITS: readonly SplitName[] = ['train', 'valid', 'test'];

/** `paperlab data` */
export const dataCommand = () =>
  new CommandWithPlugins('data')
    .description(
      'Shows the images of a dataset as a network gets them, counts and measures them, or verifies them.',
    )
    .argument(
      '<dataset>',
      "a dataset's name; or a TypeScript or JavaScript file that exports an experiment, for its dataset",
    )
    .addArgument(new Argument('<what>', 'what to do with it').choices(ACTIONS))
    .addOption(new Option('--split <split>', 'for show and stats').choices(SPLITS).default('train'))
    .option('--images <count>', 'how many show has. Default: 32', wholeNumber(1))
    .option('--seed <number>', 'which ones, and what is drawn for them. Default: 0', wholeNumber(0))
    .option('--output <file>', 'where show writes the PNG. Default: DATASET-SPLIT.png')
    .option('--json', 'one JSON object on standard output; everything else goes to standard error')
    .addHelpText(
      'after',
      `
  show    writes a PNG with images of the split after its transforms, random ones included
  stats   images of each class; mean, deviation and covariance of the colours, and their histogram
  verify  checksums of the files, where they are known; images that are there twice, and those of train that are in another
          split too: then it ends with an error

Options of a dataset by name begin with --dataset: --dataset.size 320.

Examples:
  paperlab data cifar10 stats
  paperlab data imagenette show --dataset.size 320 --output photos.png
  paperlab data experiments/lenet5-mnist.ts verify`,
    )
    .action(run);

interface Options {
  readonly split: SplitName;
  readonly images?: number;
  readonly seed?: number;
  readonly output?: string;
  readonly json?: boolean;
}

const report = (line: string) => console.error(line);

async function run(name: string, what: Action, options: Options, command: CommandWithPlugins): Promise<void> {
  for (const option of ['images', 'seed', 'output'] as const)
    if (options[option] !== undefined && what !== 'show')
      throw new Error(`--${option} is an option of show; ${what} has none of that name`);
  const { datasetOf } = await import('../data/dataset-of.js');
  const { dataset: named } = command.plugins({ dataset: name });
  const dataset = await datasetOf(name, named?.options ?? {});
  const { result, text } = await actions[what](dataset, options);
  console.log(options.json ? JSON.stringify({ dataset: dataset.name, ...result }) : text);
}

/** What an action found: for programs, and for people. */
interface Answer {
  readonly result: object;
  readonly text: string;
}

const actions: Readonly<Record<Action, (dataset: Dataset, options: Options) => Promise<Answer>>> = {
  async show(dataset, { split: name, images = 32, seed = 0, output = `${dataset.name}-${name}.png` }) {
    const [{ drawnBatches }, { sampleGrid }] = await Promise.all([
      import('../data/batches.js'),
      import('../data/sample-grid.js'),
    ]);
    return withSplit(dataset, name, async (engine, split) => {
      const batchSize = Math.min(images, split.size);
      const batches = drawnBatches(engine, split, { batchSize, shuffle: { seed } });
      const { value: batch } = (await batches.next()) as { value: DrawnBatch };
      await batches.return();
      const title = `${dataset.name}, ${name}: ${batchSize} of ${count(split.size)} images`;
      const grid = await sampleGrid(batch, split.transforms, dataset.classNames, title);
      await writeFile(output, grid).catch((error: NodeJS.ErrnoException) => {
        throw new Error(`${output} cannot be written (${error.code})`);
      });
      const classOf = (i: number) => dataset.classNames[batch.labels[i]!];
      const shown = batch.examples.map((example, i) => ({ example, class: classOf(i) }));
      return {
        result: { split: name, file: output, shape: batch.shape, images: shown },
        text: `${output} has ${batchSize} images of ${name}, of ${batch.shape.join('×')}`,
      };
    });
  },

  async stats(dataset, { split: name }) {
    const [{ statisticsOf }, { statisticsText }] = await Promise.all([
      import('../data/statistics.js'),
      import('../data/statistics-text.js'),
    ]);
    const { classNames } = dataset;
    return withSplit(dataset, name, async (engine, split) => {
      const found = await statisticsOf(engine, split, classNames.length);
      const classes = Object.fromEntries(classNames.map((of, label) => [of, found.classes[label]]));
      return {
        result: { split: name, ...found, classes },
        text: statisticsText(dataset, found, name),
      };
    });
  },

  async verify(dataset) {
    const [{ verifyDataset }, { verificationText }] = await Promise.all([
      import('../data/verify.js'),
      import('../data/verification-text.js'),
    ]);
    const found = await verifyDataset(dataset, { report });
    const shared = Object.entries(found.overlaps).filter(([, images]) => images > 0);
    if (shared.some(([pair]) => pair.startsWith('train+'))) process.exitCode = 1;
    return { result: found, text: verificationText(dataset, found) };
  },
};

/** Opens a split, and runs `fn` with an engine. */
async function withSplit(
  dataset: Dataset,
  name: SplitName,
  fn: (engine: Engine, split: Split) => Promise<Answer>,
): Promise<Answer> {
  const split = await dataset.open(name, { report });
  const { tensorflow } = await import('@paperlab/engine');
  const engine = await tensorflow({ report });
  try {
    return await fn(engine, split);
  } finally {
    await engine.dispose();
  }
}

/** Of `least` or more. */
const wholeNumber = (least: number) => (text: string) => {
  const value = Number(text);
  if (text !== '' && Number.isSafeInteger(value) && value >= least) return value;
  throw new InvalidArgumentError(`It must be a whole number, ${least} or more.`);
};
