import { describe, expect, it } from '@jest/globals';
import type { OpEvent, Profile } from '@paperlab/core';
import { intersect, subtract, total, union } from './intervals.js';
import { summarize } from './summary.js';
import { profileTable } from './table.js';

const event = (op: string, start: number, duration: number, more: Partial<OpEvent> = {}): OpEvent => {
  return { op, node: `${op}_1`, device: 'CPU:0', thread: 'a', start, duration, pipeline: false, ...more };
};
/** 10 ms, of which a call of TensorFlow takes 9. */
const recording = (ops: readonly OpEvent[]): Profile => ({
  start: 0,
  duration: 10_000,
  traced: false,
  ops,
  calls: [{ name: 'train_1', thread: 'node', start: 500, duration: 9000 }],
});

describe('intervals', () => {
  const span = (start: number, end: number) => ({ start, end });

  it('are united, subtracted and intersected', () => {
    const a = union([span(8, 9), span(0, 3), span(2, 5), span(5, 6), span(1, 2)]);
    expect(a).toEqual([span(0, 6), span(8, 9)]);
    const b = [span(1, 2), span(4, 8.5), span(20, 30)];
    expect(subtract(a, b)).toEqual([span(0, 1), span(2, 4), span(8.5, 9)]);
    expect(intersect(a, b)).toEqual([span(1, 2), span(4, 6), span(8, 8.5)]);
    expect(total(a)).toBe(7);
    expect([union([]), subtract([], a), subtract(a, [])]).toEqual([[], [], a]);
  });

  it('give the same as looking at each moment, at random', () => {
    const random = (n: number) => Math.floor(Math.random() * n);
    const some = () =>
      union(
        Array.from({ length: random(8) }, () => {
          const start = random(40);
          return span(start, start + 1 + random(6));
        }),
      );
    for (let i = 0; i < 500; i++) {
      const [a, b] = [some(), some()];
      const covers = (spans: typeof a, at: number) =>
        spans.some(({ start, end }) => start <= at + 0.5 && at + 0.5 < end);
      const moments = Array.from({ length: 50 }, (_, at) => at);
      expect(total(subtract(a, b))).toBe(moments.filter((at) => covers(a, at) && !covers(b, at)).length);
      expect(total(intersect(a, b))).toBe(moments.filter((at) => covers(a, at) && covers(b, at)).length);
    }
  });
});

describe('shares of the time', () => {
  it('waiting and collectives count where nothing is computed; JavaScript is what lies outside of calls', () => {
    const { shares, steps, stepTime } = summarize(
      [
        recording([
          event('IteratorGetNextSync', 1000, 3000), // of which 1 ms while Conv2D runs
          event('Conv2D', 3000, 2000, { thread: 'b' }),
          event('CollectiveReduce', 4500, 2500, { thread: 'c' }), // of which 0.5 ms while Conv2D runs
          event('CollectiveReduce', 5500, 1000, { thread: 'd' }), // on the other device
          event('GatherV2', 0, 10_000, { thread: 'e', pipeline: true }),
        ]),
      ],
      2,
    );
    expect(shares).toEqual({ input: 0.2, reduction: 0.2, javascript: 0.1, compute: expect.closeTo(0.5) });
    expect({ steps, stepTime }).toEqual({ steps: 2, stepTime: 5 });
  });

  it('add up to 1, also over several recordings and without any op', () => {
    const ops = [event('IteratorGetNext', 600, 900), event('NcclAllReduce', 2000, 90), event('Add', 1, 50)];
    const { shares } = summarize([recording(ops), recording([])], 3);
    expect(Object.values(shares).reduce((sum, share) => sum + share)).toBeCloseTo(1, 12);
    expect(shares.javascript).toBeCloseTo(0.1, 12);
    expect(shares.input).toBeCloseTo(0.045, 12);
    expect(shares.reduction).toBeCloseTo(0.0045, 12);
  });
});

describe('costs of ops', () => {
  const profiles = [
    recording([
      event('PartitionedCall', 1000, 5000),
      event('MatMul', 1500, 1000, { node: 'MatMul_1' }),
      event('MatMul', 3000, 2500, { node: 'MatMul_2' }),
      event('Add', 3000, 500, { node: 'Add_1' }), // inside the second product
      event('Add', 3500, 100, { thread: 'b', node: 'Add_2' }), // beside it
      event('Cast', 2000, 9000, { thread: 'b', pipeline: true }),
    ]),
    recording([event('MatMul', 1500, 1000, { node: 'MatMul_1' })]),
  ];

  it('are those of an op without what runs inside of it, per step, the costliest first', () => {
    const { ops } = summarize(profiles, 2);
    expect(ops.map(({ op, count, milliseconds }) => [op, count, milliseconds])).toEqual([
      ['MatMul', 1.5, 2],
      ['PartitionedCall', 0.5, 0.75],
      ['Add', 1, 0.3],
    ]);
    expect(ops.map(({ share }) => share)).toEqual([2, 0.75, 0.3].map((time) => expect.closeTo(time / 3.05)));
    expect(ops[0]!.nodes).toEqual([
      { node: 'MatMul_1', milliseconds: 1 },
      { node: 'MatMul_2', milliseconds: 1 },
    ]);
  });

  it('are printed as a table', () => {
    expect(`\n${profileTable(summarize(profiles, 2))}`).toBe(`
2 steps profiled, 10.00 ms each: input 0.0 %, compute 90.0 %, reduction 0.0 %, JavaScript 10.0 %

op               per step  ms per step    share  costliest, in ms per step
MatMul                1.5        2.000   65.6 %  MatMul_1 1.000, MatMul_2 1.000
PartitionedCall       0.5        0.750   24.6 %  PartitionedCall_1 0.750
Add                     1        0.300    9.8 %  Add_1 0.250, Add_2 0.050`);
  });

  it('ten at most, each with three operations at most', () => {
    const ops = Array.from({ length: 60 }, (_, i) =>
      event(`Op${i % 12}`, 1000 + 100 * i, 50, { node: `Op_${i}` }),
    );
    const summary = summarize([recording(ops)], 1);
    expect(summary.ops).toHaveLength(12);
    expect(summary.ops[0]!.nodes).toHaveLength(3);
    expect(profileTable(summary).split('\n')).toHaveLength(3 + 10);
  });
});
