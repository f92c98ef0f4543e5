import type { OpEvent, Profile } from '@paperlab/core';
import { type Interval, intersect, subtract, total, union } from './intervals.js';

/** What profiled steps spent their time with. */
export interface ProfileSummary {
  /** Optimizer steps that were profiled. */
  readonly steps: number;
  /** Milliseconds of one step, the mean. */
  readonly stepTime: number;
  readonly shares: TimeShares;
  /** By their time, the costliest first. */
  readonly ops: readonly OpCost[];
}

/** Shares of the steps' wall time, each from 0 to 1; together they are 1. */
export interface TimeShares {
  /** A batch is drawn, which takes as long as it is waited for, and nothing is computed meanwhile. */
  readonly input: number;
  /** The rest: ops run, or TensorFlow starts them. */
  readonly compute: number;
  /** Collective ops run, which wait for others, and nothing is computed meanwhile. */
  readonly reduction: number;
  /** No call of TensorFlow is under way. */
  readonly javascript: number;
}

/** All ops of one type. Their times are their own, without those of ops that ran inside of them. */
export interface OpCost {
  /** `Conv2D` */
  readonly op: string;
  /** How often it runs in a step, the mean. */
  readonly count: number;
  /** Milliseconds in a step, the mean. Ops run at once: together they may take longer than the step. */
  readonly milliseconds: number;
  /** Of the time of all ops of the steps. */
  readonly share: number;
  /** The operations of the graph that take longest, at most three: milliseconds in a step. */
  readonly nodes: readonly { readonly node: string; readonly milliseconds: number }[];
}

const NODES = 3;
const isDraw = ({ op }: OpEvent) => op.startsWith('IteratorGetNext');
const isCollective = ({ op }: OpEvent) => /^(Collective|Nccl)/.test(op);

/**
 * Sums up the recordings of some calls.
 * @param steps that were done in all of them
 */
export function summarize(profiles: readonly Profile[], steps: number): ProfileSummary {
  const wall = sum(profiles.map(({ duration }) => duration));
  return {
    steps,
    stepTime: wall / steps / 1000,
    shares: timeShares(profiles, wall),
    ops: opCosts(profiles, steps),
  };
}

function timeShares(profiles: readonly Profile[], wall: number): TimeShares {
  const times = profiles.map(({ duration, calls, ops }) => {
    const inCalls = intersect(union(calls.map(interval)), [{ start: 0, end: duration }]);
    const during = (is: (event: OpEvent) => boolean) =>
      intersect(union(ops.filter((event) => !event.pipeline && is(event)).map(interval)), inCalls);
    const computing = during((event) => !isDraw(event) && !isCollective(event));
    const reducing = subtract(during(isCollective), computing);
    const drawing = subtract(subtract(during(isDraw), computing), reducing);
    return { input: total(drawing), reduction: total(reducing), javascript: duration - total(inCalls) };
  });
  const share = (of: (time: (typeof times)[number]) => number) => sum(times.map(of)) / wall;
  const input = share((time) => time.input);
  const reduction = share((time) => time.reduction);
  const javascript = share((time) => time.javascript);
  return { input, compute: 1 - input - reduction - javascript, reduction, javascript };
}

const interval = ({ start, duration }: { readonly start: number; readonly duration: number }): Interval => ({
  start,
  end: start + duration,
});

function opCosts(profiles: readonly Profile[], steps: number): OpCost[] {
  const costs = new Map<string, { count: number; time: number; nodes: Map<string, number> }>();
  for (const { event, time } of profiles.flatMap(({ ops }) => ownTimes(ops))) {
    const { op, node } = event;
    if (!costs.has(op)) costs.set(op, { count: 0, time: 0, nodes: new Map() });
    const cost = costs.get(op)!;
    cost.count++;
    cost.time += time;
    cost.nodes.set(node, (cost.nodes.get(node) ?? 0) + time);
  }
  const all = sum([...costs.values()].map(({ time }) => time));
  const perStep = (time: number) => time / steps / 1000;
  return [...costs]
    .map(([op, { count, time, nodes }]) => ({
      op,
      count: count / steps,
      milliseconds: perStep(time),
      share: all === 0 ? 0 : time / all,
      nodes: [...nodes]
        .sort(([, a], [, b]) => b - a)
        .slice(0, NODES)
        .map(([node, time]) => ({ node, milliseconds: perStep(time) })),
    }))
    .sort((a, b) => b.milliseconds - a.milliseconds);
}

/** The ops of the steps, each with the time of which no op inside of it, on its thread, took a part. */
function ownTimes(ops: readonly OpEvent[]): { event: OpEvent; time: number }[] {
  const own: { event: OpEvent; time: number }[] = [];
  const around = new Map<string, { event: OpEvent; time: number }[]>();
  // Outer ones before those that begin with them.
  const sorted = ops.toSorted((a, b) => a.start - b.start || b.duration - a.duration);
  for (const event of sorted) {
    if (event.pipeline) continue;
    const outer = around.get(event.thread) ?? [];
    while (outer.length > 0 && interval(outer.at(-1)!.event).end <= event.start) outer.pop();
    const parent = outer.at(-1);
    if (parent) parent.time -= event.duration;
    const entry = { event, time: event.duration };
    own.push(entry);
    around.set(event.thread, [...outer, entry]);
  }
  return own;
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
