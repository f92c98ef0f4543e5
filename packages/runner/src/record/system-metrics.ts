import { gpuUse } from '@paperlab/engine';
import { readFileSync, statfsSync } from 'node:fs';
import { cpus, freemem, totalmem } from 'node:os';
import { parse } from 'node:path';

const MEGABYTE = 1e6;

/**
 * What the machine does, under the names, in the units and from the sources of MLflow's Python client, so that its UI shows it
 * in the tab "System metrics": processors, memory, the disk, the network, NVIDIA's GPUs.
 */
export class SystemMetrics {
  #cpu = cpuTimes();
  readonly #network = networkBytes();

  /** Values since the sample before, or the beginning. */
  sample(): Record<string, number> {
    const metrics = { ...this.#cpuAndMemory(), ...disk(), ...this.#traffic(), ...gpus() };
    return Object.fromEntries(
      Object.entries(metrics).map(([name, value]) => [`system/${name}`, Math.round(10 * value) / 10]),
    );
  }

  #cpuAndMemory() {
    const before = this.#cpu;
    const now = (this.#cpu = cpuTimes());
    const total = now.total - before.total;
    const used = totalmem() - freemem();
    return {
      cpu_utilization_percentage: total > 0 ? 100 * (1 - (now.idle - before.idle) / total) : 0,
      system_memory_usage_megabytes: used / MEGABYTE,
      system_memory_usage_percentage: (100 * used) / totalmem(),
    };
  }

  /** Since the beginning. */
  #traffic() {
    const [before, now] = [this.#network, networkBytes()];
    return before && now
      ? {
          network_receive_megabytes: (now.received - before.received) / MEGABYTE,
          network_transmit_megabytes: (now.sent - before.sent) / MEGABYTE,
        }
      : {};
  }
}

function cpuTimes(): { idle: number; total: number } {
  const times = cpus().map((cpu) => cpu.times);
  return {
    idle: times.reduce((sum, { idle }) => sum + idle, 0),
    total: times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0),
  };
}

/** Of the disk that the program was started on; what only the superuser may use counts as used, as for `df`. */
function disk() {
  const { bsize, blocks, bfree, bavail } = statfsSync(parse(process.cwd()).root);
  const used = blocks - bfree;
  return {
    disk_usage_percentage: (100 * used) / (used + bavail),
    disk_usage_megabytes: (used * bsize) / MEGABYTE,
    disk_available_megabytes: (bavail * bsize) / MEGABYTE,
  };
}

/** Over all interfaces, where Linux tells. */
function networkBytes(): { received: number; sent: number } | undefined {
  try {
    const [, , ...lines] = readFileSync('/proc/net/dev', 'utf8').trim().split('\n');
    const counts = lines.map((line) => line.split(':')[1]!.trim().split(/\s+/).map(Number));
    return {
      received: counts.reduce((sum, [received]) => sum + received!, 0),
      sent: counts.reduce((sum, [, , , , , , , , sent]) => sum + sent!, 0),
    };
  } catch {
    return undefined;
  }
}

function gpus(): Record<string, number> {
  const entries = gpuUse().flatMap(({ index, memoryUsed, memoryTotal, utilization }) => [
    [`gpu_${index}_memory_usage_percentage`, (100 * memoryUsed) / memoryTotal] as const,
    [`gpu_${index}_memory_usage_megabytes`, memoryUsed / MEGABYTE] as const,
    ...(utilization === undefined ? [] : [[`gpu_${index}_utilization_percentage`, utilization] as const]),
  ]);
  return Object.fromEntries(entries);
}

/**
 * Milliseconds between two samples, by MLflow's environment variables: `MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL`, in seconds,
 * default 10; nothing where `MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING` says no.
 * @throws if the interval is no number above 0
 */
export function samplingInterval(env: NodeJS.ProcessEnv = process.env): number | undefined {
  const { MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING: enabled = 'true' } = env;
  if (/^(false|0)$/i.test(enabled)) return undefined;
  const { MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL: given = '10' } = env;
  const seconds = Number(given);
  if (!(seconds > 0))
    throw new Error(
      `MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL is "${given}"; it is a number of seconds above 0`,
    );
  return Math.min(1000 * seconds, 2 ** 31 - 1); // what a timer takes
}
