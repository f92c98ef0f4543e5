import { beforeAll, describe, expect, it } from '@jest/globals';
import { runChild } from './run-child.js';

interface Distance {
  /** The largest relative L2 distance of a weight, after 20 steps. */
  readonly weights: number;
  /** The largest difference of an epoch's loss or accuracy. */
  readonly metrics: number;
}

let report: Readonly<Record<string, Distance>> & { readonly apart: readonly number[] };
beforeAll(async () => {
  report = await runChild('replicas.child.ts');
}, 180_000);

describe('replicas learn what one device does with the same batches', () => {
  it.each(['2', '4', '8'])('%s of them, to 1e-5', (count) => {
    expect(report[count]!.weights).toBeLessThan(1e-5);
    expect(report[count]!.metrics).toBeLessThan(1e-5);
  });

  it.each(['2', '4', '8'])('%s of them with batch normalisation over all, to 1e-4', (count) => {
    expect(report[`batch norm, ${count}`]!.weights).toBeLessThan(1e-4);
    expect(report[`batch norm, ${count}`]!.metrics).toBeLessThan(1e-4);
  });

  it.each([
    ['with gradients of several batches, clipped', 'accumulating', 1e-5],
    ['where a batch has fewer examples than there are replicas', 'few', 1e-4],
    ['of mixed images', 'mixed', 1e-5],
    ["of AlexNet's two columns, on four devices", 'columns', 1e-5],
  ])('%s', (_, name, most) => {
    expect(report[name]!.weights).toBeLessThan(most);
    expect(report[name]!.metrics).toBeLessThan(most);
  });
});

describe('replicas whose batch normalisation is their own', () => {
  it('learn', () => {
    expect(report.apart.at(-1)!).toBeLessThan(report.apart[0]! / 4);
  });

  it('go on from a checkpoint with the same bits', () => {
    expect(report['resumed']).toEqual({ weights: 0, metrics: 0 });
  });
});
