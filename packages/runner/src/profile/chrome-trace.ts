import type { Profile } from '@paperlab/core';

/** Chrome's trace event format, as far as it is written: complete events, and names for what they are drawn in. */
interface ChromeTrace {
  readonly displayTimeUnit: 'ms';
  readonly traceEvents: readonly TraceEvent[];
}

export type TraceEvent =
  | {
      readonly ph: 'X';
      readonly name: string;
      readonly cat: 'op' | 'input' | 'call';
      /** Microseconds. */
      readonly ts: number;
      readonly dur: number;
      readonly pid: number;
      readonly tid: number;
      readonly args?: { readonly node: string };
    }
  | {
      readonly ph: 'M';
      readonly name: 'process_name' | 'thread_name';
      readonly pid: number;
      readonly tid?: number;
      readonly args: { readonly name: string };
    };

/**
 * Recordings as a trace that chrome://tracing and Perfetto open. A device is drawn as a process, a thread as a thread;
 * calls from JavaScript and the ops of input pipelines are two more processes.
 */
export function chromeTrace(profiles: readonly Profile[]): ChromeTrace {
  const names: TraceEvent[] = [];
  const events: TraceEvent[] = [];
  const processes = new Map<string, { pid: number; threads: Map<string, number> }>();
  const place = (process: string, thread: string) => {
    if (!processes.has(process)) {
      processes.set(process, { pid: processes.size + 1, threads: new Map() });
      const { pid } = processes.get(process)!;
      names.push({ ph: 'M', name: 'process_name', pid, args: { name: process } });
    }
    const { pid, threads } = processes.get(process)!;
    if (!threads.has(thread)) {
      threads.set(thread, threads.size + 1);
      names.push({ ph: 'M', name: 'thread_name', pid, tid: threads.get(thread)!, args: { name: thread } });
    }
    return { pid, tid: threads.get(thread)! };
  };
  for (const { start, calls, ops } of profiles) {
    const offset = start - profiles[0]!.start;
    const time = (event: { readonly start: number; readonly duration: number }) => ({
      ts: nanoseconds(offset + event.start),
      dur: nanoseconds(event.duration),
    });
    for (const call of calls)
      events.push({ ph: 'X', name: call.name, cat: 'call', ...time(call), ...place('calls', call.thread) });
    for (const event of ops) {
      const { op, node, device, thread, pipeline } = event;
      const process = pipeline ? 'input pipeline' : device || 'unknown device';
      const cat = pipeline ? 'input' : 'op';
      events.push({ ph: 'X', name: op, cat, ...time(event), ...place(process, thread), args: { node } });
    }
  }
  return { displayTimeUnit: 'ms', traceEvents: [...names, ...events] };
}

/** Microseconds with no more digits than the clock has. */
const nanoseconds = (microseconds: number) => Math.round(microseconds * 1000) / 1000;
