import { beforeAll, describe, expect, it } from '@jest/globals';
import { summary } from '@paperlab/core';
import { alexnet } from '@paperlab/model-alexnet';
import { runChild } from './run-child.js';

interface Operation {
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
}
interface Run {
  readonly losses: readonly number[];
  readonly partitions: readonly { readonly device: string; readonly operations: readonly Operation[] }[];
  readonly epochs: readonly unknown[];
}

let report: { readonly one: Run; readonly two: Run };
beforeAll(async () => {
  report = await runChild('columns.child.ts');
}, 120_000);

/** What a partition sends to the others: the operation that makes it, by TensorFlow's op. */
function sent({ partitions }: Run, device: string): string[] {
  const { operations } = partitions.find((partition) => partition.device === device)!;
  const byName = new Map(operations.map((operation) => [operation.name, operation]));
  return operations
    .filter(({ op }) => op === '_Send' || op === '_HostSend')
    .map(({ inputs }) => byName.get(inputs[0]!.replace(/:\d+$/, ''))!.op.replace('_MklNative', ''));
}

const count = (ops: readonly string[], op: string) => ops.filter((sent) => sent === op).length;

describe('AlexNet in two columns on two devices', () => {
  it('learns what it learns on one, to the bit', () => {
    expect(report.two.losses).toEqual(report.one.losses);
    expect(report.two.losses.every(Number.isFinite)).toBe(true);
  });

  it('does so in an experiment, where only the placement is another', () => {
    expect(report.two.epochs).toEqual(report.one.epochs);
  });

  it('crosses at conv3, fc6, fc7 and fc8 alone, forward and backward, as in Figure 2', () => {
    const numbers = new Map(
      summary(alexnet({ variant: 'paper' })).rows.map(({ layer, output }) => [
        layer,
        output.reduce((product, size) => product * size, 1),
      ]),
    );
    const of = (layer: string) => numbers.get(layer)!;
    const [top, bottom] = [sent(report.two, 'CPU:0'), sent(report.two, 'CPU:1')];
    // Forward: what pool2, flatten, fc6 (before conv3, fc6, fc7) and fc7 (before fc8, which is at the top) give.
    const forward = (ops: string[], column: string) =>
      count(ops, 'MaxPool') * of(`${column}/pool2`) +
      count(ops, 'Reshape') * of(`${column}/flatten`) +
      count(ops, 'Add') * of(`${column}/fc6`);
    expect(forward(bottom, 'bottom')).toBe(30_336);
    expect(forward(top, 'top')).toBe(28_288);
    // Backward: the parts of the gradients of conv3's, fc6's, fc7's and fc8's inputs that belong to the other column.
    expect([count(top, 'SplitV'), count(bottom, 'SplitV')]).toEqual([4, 3]);
    // Beside these, the image, the number of the batch and the learning rate.
    const rest = (ops: string[]) => ops.filter((op) => !['MaxPool', 'Reshape', 'Add', 'SplitV'].includes(op));
    expect(rest(top).sort()).toEqual(['Unpack', '_Arg', '_Arg']);
    expect(rest(bottom)).toEqual([]);
  });
});
