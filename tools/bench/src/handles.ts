/**
 * What training leaves behind: tensors and native handles after step 100 and after step 10,000, which must be equal,
 * and how much the resident set grows a step after step 500, which must be less than 2 KB.
 *
 *   npm run handles -w tools/bench -- lenet5-mnist
 */
import type { Dataset, Experiment } from '@paperlab/core';
import { tensorflow } from '@paperlab/engine';
import { train } from '@paperlab/runner';
import { experimentNamed } from './experiments.js';

const FIRST = 100;
const SETTLED = 500;
const LAST = 10_000;
const MOST_BYTES = 2048;

try {
  await measure(experimentNamed(process.argv[2]));
} catch (error) {
  console.error(`handles: ${(error as Error).message}`);
  process.exitCode = 1;
}

async function measure(experiment: Experiment): Promise<void> {
  // An epoch of 100 steps ends after step 100 and after step 10,000, with everything traced that an epoch needs.
  const dataset = firstImages(experiment.dataset, FIRST * experiment.batchSize);
  const epochs = train({ ...experiment, dataset, epochs: LAST / FIRST }, { report: console.error });
  const samples = new Map<number, Sample>();
  for await (const { step } of epochs) {
    if (![FIRST, SETTLED, LAST].includes(step)) continue;
    const sample = await takeSample();
    samples.set(step, sample);
    const mebibytes = (sample.bytes / 2 ** 20).toFixed(1);
    console.log(
      `step ${step}: ${sample.tensors} tensors, ${sample.handles} native handles, ${mebibytes} MiB resident`,
    );
  }

  const [first, settled, last] = [FIRST, SETTLED, LAST].map((step) => samples.get(step)!) as [
    Sample,
    Sample,
    Sample,
  ];
  const growth = (last.bytes - settled.bytes) / (LAST - SETTLED);
  console.log(`${experiment.name}: ${growth.toFixed(0)} bytes a step from step ${SETTLED} to step ${LAST}`);
  if (last.tensors !== first.tensors || last.handles !== first.handles) {
    throw new Error(`the counts after step ${LAST} are not those after step ${FIRST}`);
  }
  if (growth >= MOST_BYTES) throw new Error(`the resident set grows by ${MOST_BYTES} bytes a step or more`);
}

interface Sample {
  readonly tensors: number;
  readonly handles: number;
  /** Resident set of the process. */
  readonly bytes: number;
}

async function takeSample(): Promise<Sample> {
  globalThis.gc!();
  return { ...(await tensorflow()).memory(), bytes: process.memoryUsage.rss() };
}

/** The first `size` images of every split. */
function firstImages(dataset: Dataset, size: number): Dataset {
  return {
    ...dataset,
    async open(name, context) {
      const split = await dataset.open(name, context);
      const { source } = split;
      if (source.kind !== 'arrays') throw new Error(`${dataset.name} has no images in memory`);
      const bytes = source.shape.reduce((product, length) => product * length);
      const images = source.images.subarray(0, size * bytes);
      return { ...split, size, source: { ...source, images, labels: source.labels.subarray(0, size) } };
    },
  };
}
