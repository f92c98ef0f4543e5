/** Profiles steps of two replicas whose gradients make up several collectives. Reports, for each step, when they ran, as JSON. */
import { type Model, replicas, sgd } from '@paperlab/core';
import { synthetic } from '@paperlab/datasets';
import { tensorflow } from '@paperlab/engine';
import { train } from '@paperlab/runner';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { smallExperiment } from './small-experiment.js';

/** Convolutions whose gradients take long, and behind them weights of 7 and 36 MB, whose gradients are there first. */
const model: Model = {
  name: 'large',
  inputShape: [32, 32, 3],
  classes: 5,
  build: () =>
    sequential({
      layers: [
        layers.conv2d({
          name: 'C1',
          inputShape: [32, 32, 3],
          filters: 64,
          kernelSize: 3,
          activation: 'relu',
        }),
        layers.conv2d({ name: 'C2', filters: 64, kernelSize: 3, activation: 'relu' }),
        layers.conv2d({ name: 'C3', filters: 16, kernelSize: 3, strides: 2, activation: 'relu' }),
        layers.maxPooling2d({ name: 'pool', poolSize: 2 }),
        layers.flatten({ name: 'flatten' }),
        layers.dense({ name: 'F4', units: 3000, activation: 'relu' }),
        layers.dense({ name: 'F5', units: 3000, activation: 'relu' }),
        layers.dense({ name: 'F6', units: 5 }),
      ],
    }),
};

// More threads than these two replicas keep busy, as a machine with GPUs has: a sum that is ready needs one to begin on.
const engine = await tensorflow({ cpuDevices: 2, interOpThreads: 8 });
const folder = await mkdtemp(join(tmpdir(), 'paperlab-overlap-'));
const experiment = smallExperiment(replicas(), false, {
  model,
  dataset: synthetic({ shape: [32, 32, 3], classes: 5, examples: 320, valid: 'train[:32]' }),
  optimizer: sgd({ learningRate: 0.001 }),
  batchSize: 32,
});
const limits = { maxSteps: 13 };
for await (const _ of train(experiment, { engine, limits, profile: { folder, steps: 4 } }));
const { traceEvents } = JSON.parse(await readFile(join(folder, 'profile.json'), 'utf8')) as {
  traceEvents: { ph: string; name: string; cat?: string; ts: number; dur: number }[];
};
await rm(folder, { recursive: true });
const events = traceEvents.filter(({ ph }) => ph === 'X');
const calls = events.filter(({ cat, name }) => cat === 'call' && name.startsWith('train'));
const steps = calls.map((call) => {
  const within = events.filter(({ cat, ts }) => cat === 'op' && ts >= call.ts && ts < call.ts + call.dur);
  const named = (pattern: RegExp) => within.filter(({ name }) => pattern.test(name));
  const backward = Math.max(...named(/Conv2DBackpropFilter/).map(({ ts, dur }) => ts + dur));
  const collectives = named(/^CollectiveReduce/);
  return { collectives: collectives.length, early: collectives.filter(({ ts }) => ts < backward).length };
});
console.log(JSON.stringify({ steps, ops: [...new Set(events.map(({ name }) => name))] }));
process.exit(0);
