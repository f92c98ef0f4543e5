import { expect, it } from '@jest/globals';
import { gpuUse } from '@paperlab/engine';
import { samplingInterval, SystemMetrics } from './system-metrics.js';

it("has the names of MLflow's System tab, and values of this machine", () => {
  const system = new SystemMetrics();
  const begun = performance.now();
  while (performance.now() - begun < 100); // keeps one processor busy
  const values = system.sample();
  const names = [
    'cpu_utilization_percentage',
    'system_memory_usage_megabytes',
    'system_memory_usage_percentage',
    'disk_usage_percentage',
    'disk_usage_megabytes',
    'disk_available_megabytes',
    ...(process.platform === 'linux' ? ['network_receive_megabytes', 'network_transmit_megabytes'] : []),
    ...gpuUse().flatMap(({ index, utilization }) => [
      `gpu_${index}_memory_usage_percentage`,
      `gpu_${index}_memory_usage_megabytes`,
      ...(utilization === undefined ? [] : [`gpu_${index}_utilization_percentage`]),
    ]),
  ];
  expect(Object.keys(values).sort()).toEqual(names.map((name) => `system/${name}`).sort());
  for (const [name, value] of Object.entries(values)) {
    expect(value).toBeGreaterThanOrEqual(0);
    if (name.endsWith('_percentage')) expect(value).toBeLessThanOrEqual(100);
  }
  expect(values['system/cpu_utilization_percentage']).toBeGreaterThan(0);
  expect(values['system/system_memory_usage_megabytes']).toBeGreaterThan(1);
});

it("is sampled by MLflow's environment variables", () => {
  expect(samplingInterval({})).toBe(10_000);
  expect(samplingInterval({ MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL: '0.5' })).toBe(500);
  expect(samplingInterval({ MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING: 'true' })).toBe(10_000);
  for (const off of ['false', 'False', '0'])
    expect(samplingInterval({ MLFLOW_ENABLE_SYSTEM_METRICS_LOGGING: off })).toBeUndefined();
  expect(() => samplingInterval({ MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL: 'often' })).toThrow(
    'MLFLOW_SYSTEM_METRICS_SAMPLING_INTERVAL is "often"; it is a number of seconds above 0',
  );
});
