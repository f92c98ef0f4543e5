import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { OpEvent, Profile } from '@paperlab/core';
import { type Report, runChild } from '../testing/run-child.js';

jest.setTimeout(60_000);

let report: Report;
beforeAll(async () => {
  report = await runChild('profiler.child.ts');
}, 60_000);

describe('a profile of a step on two devices', () => {
  const profile = () => report['second'] as Profile;
  const devicesOf = (op: string) =>
    profile()
      .ops.filter((event) => event.op === op)
      .map(({ device }) => device)
      .sort();

  it('has the ops inside the compiled function, with their devices and times', () => {
    const { ops, duration } = profile();
    expect(devicesOf('Conv2D')).toEqual(['CPU:0', 'CPU:1']);
    expect(devicesOf('Conv2DBackpropFilter')).toEqual(['CPU:0', 'CPU:1']);
    expect(devicesOf('AssignVariableOp')).toEqual(['CPU:0']);
    expect(devicesOf('Sum')).toContain('CPU:1');
    expect(devicesOf('_Send').length).toBeGreaterThan(0);
    for (const event of ops.filter(({ op }) => op.startsWith('Conv2D'))) {
      expect(event.duration).toBeGreaterThan(1);
      expect(event.start + event.duration).toBeLessThan(2 * duration);
      expect(event).toMatchObject({ pipeline: false, node: expect.stringMatching(/^Conv2D/) });
    }
    expect(ops.filter(({ device }) => device === '')).toEqual([]);
  });

  it('has the collectives of both, for as long as they wait', () => {
    for (const collectives of report['collectives'] as OpEvent[][]) {
      expect(collectives.map(({ device }) => device).sort()).toEqual(['CPU:0', 'CPU:1']);
      // A ring: neither ends before the other has begun.
      const [a, b] = collectives as [OpEvent, OpEvent];
      expect(a.start + a.duration).toBeGreaterThan(b.start);
      expect(b.start + b.duration).toBeGreaterThan(a.start);
    }
  });

  it('has the call, and says when it traced', () => {
    const { calls, duration } = profile();
    expect(calls.map(({ name }) => name)).toEqual([expect.stringMatching(/^train_\d+$/)]);
    expect(calls[0]!.duration).toBeLessThanOrEqual(duration);
    expect(profile().traced).toBe(false);
    expect((report['first'] as Profile).traced).toBe(true);
    expect(report['result']).toBe(1);
  });

  it('does not know the devices of a function that was called before the profiler was made', () => {
    const exp = (report['earlier'] as OpEvent[]).find(({ op }) => op === 'Exp');
    expect(exp).toMatchObject({ device: '' });
  });
});

it('one recording at a time; a failed one does not stand in the way of the next', () => {
  expect(report).toMatchObject({
    nested: expect.stringContaining('Another profile is under way'),
    thrown: 'of the step',
    again: 'none',
    disposed: expect.stringContaining('disposed'),
  });
});
