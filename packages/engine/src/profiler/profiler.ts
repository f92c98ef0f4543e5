import type { Profile, Profiler } from '@paperlab/core';
import { setTimeout as sleep } from 'node:timers/promises';
import { collectedPartitions, collectPartitions } from '../partition.js';
import type { Runtime } from '../runtime.js';
import { NativeProfiler } from './native-profiler.js';
import { type DevicesOfNodes, recordedEvents } from './recorded-events.js';

/**
 * Milliseconds until threads have ended their events. A collective op's is not over when it gives its result: what the
 * executor does with that runs inside of it, and the function may return first.
 */
const UNWINDING = 10;

/** Profiles what runs on a runtime, by TensorFlow's own profiler. */
export class RuntimeProfiler implements Profiler {
  readonly #runtime: Runtime;
  readonly #native: NativeProfiler;
  /** Of the functions that were called for the first time since this profiler was made. */
  readonly #graphs: DevicesOfNodes[] = [];
  readonly #onlyDevice: string | undefined;

  /** @throws if this build of TensorFlow does not export its profiler */
  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    this.#native = new NativeProfiler(runtime.framework);
    const devices = runtime.devices();
    this.#onlyDevice = devices.length === 1 ? devices[0]!.name : undefined;
    if (this.#onlyDevice === undefined) collectPartitions(runtime, true);
  }

  async record<Result>(run: () => Promise<Result>): Promise<{ result: Result; profile: Profile }> {
    const { functions } = this.#runtime;
    const before = new Set(functions.keys());
    const session = this.#native.start();
    let stopped: ReturnType<typeof session.stop> | undefined;
    try {
      const start = performance.now();
      const result = await run();
      const duration = performance.now() - start;
      await sleep(UNWINDING);
      stopped = session.stop();
      this.#collect();
      const profile = {
        start: 1000 * start,
        duration: 1000 * duration,
        traced: [...functions.keys()].some((name) => !before.has(name)),
        ...recordedEvents(stopped, this.#graphs, this.#onlyDevice),
      };
      return { result, profile };
    } finally {
      if (!stopped) session.stop(); // else no other could start
    }
  }

  #collect(): void {
    if (this.#onlyDevice !== undefined) return;
    for (const partitions of collectedPartitions(this.#runtime)) {
      const devices = partitions.flatMap(({ device, operations }) =>
        operations.map(({ name }) => [name, device] as const),
      );
      this.#graphs.push(new Map(devices));
    }
  }

  dispose(): void {
    if (this.#onlyDevice === undefined) collectPartitions(this.#runtime, false);
  }
}
