/**
 * The share of the time in which steps wait for their batch, epoch by epoch, after one to warm up: its median must be at
 * most 2 %.
 *
 *   npm run stall -w tools/bench -- lenet5-mnist [--epochs 5] [--machine NAME]
 *   npm run stall -w tools/bench -- resnet20-synthetic
 *   npm run stall -w tools/bench -- resnet50-photos FOLDER
 */
import type { EpochResult, Experiment } from '@paperlab/core';
import { train } from '@paperlab/runner';
import { commandLine } from './command-line.js';
import { experimentNamed } from './experiments.js';
import { thisMachine } from './machine.js';
import { markdown } from './markdown.js';
import { publish } from './results.js';
import { median } from './statistics.js';

const MOST = 0.02;

try {
  const { name, counts, machine } = commandLine(process.argv.slice(2), { epochs: 5 });
  await measure(experimentNamed(name), counts.epochs, machine);
} catch (error) {
  console.error(`stall: ${(error as Error).message}`);
  process.exitCode = 1;
}

async function measure(experiment: Experiment, epochs: number, machine: string | undefined): Promise<void> {
  const run = { date: new Date(), machine: await thisMachine(machine) };
  const measured: EpochResult[] = [];
  for await (const epoch of train({ ...experiment, epochs: epochs + 1 }, { report: console.error })) {
    console.error(`epoch ${epoch.epoch + 1}: ${line(epoch)}`);
    if (epoch.epoch > 0) measured.push(epoch);
  }
  const stalls = measured.map(({ stall }) => stall);
  const seconds = median(measured.map(({ seconds }) => seconds));
  const table = markdown([
    ['', 's an epoch', 'waiting', 'most'],
    [experiment.name, seconds.toFixed(2), percent(median(stalls)), percent(Math.max(...stalls))],
  ]);
  const rows = measured.map(({ epoch, step, seconds, imagesPerSecond, stall }) => ({
    experiment: experiment.name,
    epoch: epoch + 1,
    step,
    seconds: seconds.toFixed(4),
    images_per_second: imagesPerSecond.toFixed(0),
    stall: stall.toFixed(6),
  }));
  const title = `Waiting for input, share of an epoch's time; medians of ${epochs} epochs`;
  await publish(run, { title, table, rows }, 'stall');
  if (median(stalls) > MOST) throw new Error(`steps wait for input more than ${percent(MOST)} of the time`);
}

function line({ seconds, stall }: EpochResult): string {
  return `${seconds.toFixed(2)} s, ${percent(stall)} of it waiting for input`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(3)} %`;
}
