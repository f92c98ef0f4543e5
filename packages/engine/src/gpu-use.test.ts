import { expect, it } from '@jest/globals';
import { gpuUse } from './index.js';
import { tryLoadNative } from './native-library.js';

it("without NVIDIA's management library nothing is known of GPUs, and that is no error", () => {
  if (!tryLoadNative('libnvidia-ml.so.1')) {
    expect(gpuUse()).toEqual([]);
    return;
  }
  for (const { name, memoryUsed, memoryTotal, utilization = 0 } of gpuUse()) {
    expect(name).toMatch(/\S/);
    expect(memoryUsed).toBeLessThanOrEqual(memoryTotal);
    expect(utilization).toBeLessThanOrEqual(100);
  }
});
