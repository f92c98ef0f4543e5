/** Replicas on logical CPU devices beside one device at the same batch: how far their weights are apart. Reports JSON. */
import { adam, columns, type DevicePlacement, replicas, sgd, single } from '@paperlab/core';
import { synthetic } from '@paperlab/datasets';
import { tensorflow } from '@paperlab/engine';
import { alexnet } from '@paperlab/model-alexnet';
import { loadCheckpoint, train } from '@paperlab/runner';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mixed, smallExperiment } from './small-experiment.js';

const engine = await tensorflow({ cpuDevices: 8 });
const folder = await mkdtemp(join(tmpdir(), 'paperlab-replicas-'));

let runs = 0;

async function trained(
  placement: DevicePlacement,
  batchNorm: boolean,
  changes: object = {},
  checkpoints = join(folder, `${runs++}`),
) {
  const experiment = smallExperiment(placement, batchNorm, changes);
  const metrics: number[][] = [];
  for await (const epoch of train(experiment, { engine, checkpoints, resume: true }))
    metrics.push([epoch.train.loss, epoch.train.top1, epoch.valid.loss]);
  const { weights: stored } = await loadCheckpoint(checkpoints);
  const weights = [...stored].map(
    ([name, { bytes }]) => [name, new Float32Array(new Uint8Array(bytes).buffer)] as const,
  );
  return { metrics, weights };
}

/** The largest relative L2 distance of a weight, and of a metric. */
function distance(a: Awaited<ReturnType<typeof trained>>, b: Awaited<ReturnType<typeof trained>>) {
  const norm = (values: number[]) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
  const weights = a.weights.map(([, values], i) => {
    const other = b.weights[i]![1];
    return norm([...values].map((value, j) => value - other[j]!)) / norm([...values]);
  });
  const metrics = a.metrics.flatMap((epoch, i) =>
    epoch.map((value, j) => Math.abs(value - b.metrics[i]![j]!)),
  );
  return { weights: Math.max(...weights), metrics: Math.max(...metrics) };
}

/** AlexNet, at a size that is quick. */
const alexnetAtFourDevices = (placement: DevicePlacement) =>
  trained(placement, false, {
    model: alexnet({ variant: 'paper', classes: 5, inputSize: 67 }),
    dataset: synthetic({ shape: [67, 67, 3], classes: 5, examples: 40, valid: 'train[:8]' }),
    optimizer: sgd({ learningRate: 0.001, momentum: 0.9 }),
    batchSize: 9,
    epochs: 1,
  });

const devices = (count: number) => Array.from({ length: count }, (_, i) => `cpu:${i}`);
const report: Record<string, unknown> = {};
for (const batchNorm of [false, true]) {
  const one = await trained(single(), batchNorm);
  for (const count of [2, 4, 8]) {
    const placement = replicas({ devices: devices(count), syncBatchNorm: batchNorm });
    report[`${batchNorm ? 'batch norm, ' : ''}${count}`] = distance(one, await trained(placement, batchNorm));
  }
}
const accumulating = {
  gradientAccumulationSteps: 2,
  optimizer: adam({ learningRate: 1e-3 }),
  globalClipNorm: 1,
};
report['accumulating'] = distance(
  await trained(single(), false, accumulating),
  await trained(replicas({ devices: devices(2) }), false, accumulating),
);
// The last batch has two examples, for four replicas.
const few = { batchSize: 37 };
report['few'] = distance(
  await trained(single(), true, few),
  await trained(replicas({ devices: devices(4), syncBatchNorm: true }), true, few),
);
report['mixed'] = distance(
  await trained(single(), false, mixed),
  await trained(replicas({ devices: devices(4) }), false, mixed),
);
report['columns'] = distance(
  await alexnetAtFourDevices(single()),
  await alexnetAtFourDevices(
    replicas({
      each: [columns({ top: 'cpu:0', bottom: 'cpu:1' }), columns({ top: 'cpu:2', bottom: 'cpu:3' })],
    }),
  ),
);
// Batch normalisation over each replica's part: another computation, which learns too.
const apart = await trained(replicas({ devices: devices(2) }), true);
report['apart'] = apart.metrics.map(([loss]) => loss);
const twice = join(folder, 'twice');
await trained(replicas({ devices: devices(2) }), true, { epochs: 2 }, twice);
const resumed = await trained(replicas({ devices: devices(2) }), true, {}, twice);
report['resumed'] = distance(resumed, { ...apart, metrics: apart.metrics.slice(2) });
await rm(folder, { recursive: true });
console.log(JSON.stringify(report));
process.exit(0);
