import { expect, it } from '@jest/globals';
import type { OpEvent } from '@paperlab/core';
import { chromeTrace } from './chrome-trace.js';

const event = (device: string, thread: string, pipeline = false): OpEvent => ({
  op: 'Conv2D',
  node: 'Conv2D_1',
  device,
  thread,
  start: 10.1234567,
  duration: 2,
  pipeline,
});

it('draws devices as processes, threads as threads, and later recordings later', () => {
  const calls = [{ name: 'train_1', thread: 'node', start: 1, duration: 20 }];
  const first = {
    start: 1000,
    duration: 30,
    traced: false,
    calls,
    ops: [event('CPU:0', 'a'), event('CPU:1', 'a'), event('CPU:0', 'b')],
  };
  const second = { ...first, start: 1500, calls: [], ops: [event('CPU:0', 'a', true), event('', 'a')] };
  const { traceEvents } = chromeTrace([first, second]);
  expect(traceEvents.filter(({ name }) => name === 'process_name')).toEqual(
    ['calls', 'CPU:0', 'CPU:1', 'input pipeline', 'unknown device'].map((name, i) => ({
      ph: 'M',
      name: 'process_name',
      pid: i + 1,
      args: { name },
    })),
  );
  const args = { node: 'Conv2D_1' };
  const conv = { ph: 'X', name: 'Conv2D', cat: 'op', ts: 10.123, dur: 2, args };
  expect(traceEvents.filter(({ ph }) => ph === 'X')).toEqual([
    { ph: 'X', name: 'train_1', cat: 'call', ts: 1, dur: 20, pid: 1, tid: 1 },
    { ...conv, pid: 2, tid: 1 },
    { ...conv, pid: 3, tid: 1 },
    { ...conv, pid: 2, tid: 2 },
    { ...conv, cat: 'input', ts: 510.123, pid: 4, tid: 1 },
    { ...conv, ts: 510.123, pid: 5, tid: 1 },
  ]);
  expect(traceEvents).toContainEqual({ ph: 'M', name: 'thread_name', pid: 2, tid: 2, args: { name: 'b' } });
});
