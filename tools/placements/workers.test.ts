import { beforeAll, describe, expect, it } from '@jest/globals';
import getPort from 'get-port';
import { runChild } from './run-child.js';

interface Trained {
  /** Of each epoch: loss and accuracy, in training and in validation. */
  readonly metrics: readonly (readonly number[])[];
  /** All of the network's, in its order. */
  readonly weights: readonly (readonly number[])[];
}
type Report = Readonly<Record<string, Trained>>;

const norm = (values: readonly number[]) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));

/** The largest relative L2 distance of a weight, and the largest difference of a metric. */
function distance(a: Trained, b: Trained) {
  const weights = a.weights.map((values, i) => {
    const difference = values.map((value, j) => value - b.weights[i]![j]!);
    return norm(difference) / (norm(values) || 1);
  });
  const metrics = a.metrics.flatMap((epoch, i) =>
    epoch.map((value, j) => Math.abs(value - b.metrics[i]![j]!)),
  );
  return { weights: Math.max(...weights), metrics: Math.max(...metrics) };
}

/** What each of some workers reports. */
async function workers(count: number, devices: number): Promise<Report[]> {
  const ports = await Promise.all(Array.from({ length: count }, () => getPort()));
  const worker = ports.map((port) => `127.0.0.1:${port}`);
  return Promise.all(
    worker.map((_, index) =>
      runChild<Report>('workers.child.ts', [`${devices}`], {
        TF_CONFIG: JSON.stringify({ cluster: { worker }, task: { type: 'worker', index } }),
      }),
    ),
  );
}

describe.each([
  [2, 1],
  [2, 2],
  [3, 1],
])('%s workers with %s replicas each', (count, devices) => {
  let alone: Report;
  let all: Report[];
  beforeAll(async () => {
    alone = await runChild<Report>('workers.child.ts', ['1']);
    all = await workers(count, devices);
  }, 240_000);

  it.each([
    ['without batch normalisation', 'plain', 1e-5],
    ['with batch normalisation over all', 'batch norm', 1e-4],
    ['where a batch has fewer examples than there are replicas', 'few', 1e-4],
    ['from mixed images', 'mixed', 1e-5],
    ['with gradients of several batches, clipped, and averaged weights', 'accumulating', 1e-5],
  ])('learn what one process does, %s', (_, name, most) => {
    const { weights, metrics } = distance(alone[name]!, all[0]![name]!);
    expect(weights).toBeLessThan(most);
    expect(metrics).toBeLessThan(most);
  });

  it.each(['plain', 'batch norm', 'few', 'accumulating', 'mixed', 'apart'])(
    'have the same bits and metrics: %s',
    (name) => {
      for (const other of all.slice(1)) expect(other[name]).toEqual(all[0]![name]);
    },
  );

  it('learn with batch normalisation of their own parts', () => {
    const { metrics } = all[0]!['apart']!;
    expect(metrics.at(-1)![0]!).toBeLessThan(metrics[0]![0]! / 4);
  });
});
