import { describe, expect, it } from '@jest/globals';
import type { Device } from '../engine.js';
import { placementContract } from '../testing/placement-contract.js';
import { columns } from './columns.js';
import { replicas } from './replicas.js';
import { single } from './single.js';
import { workers } from './workers.js';

const devices: readonly Device[] = [
  { name: 'CPU:0', type: 'CPU' },
  { name: 'GPU:0', type: 'GPU' },
  { name: 'GPU:1', type: 'GPU' },
];
const gpus = devices.slice(1);

describe('workers', () => {
  placementContract(() => workers());
  describe('of columns', () =>
    placementContract(
      () => workers({ each: columns({ top: 'gpu:0', bottom: 'gpu:1' }) }),
      'a CPU and two GPUs',
    ));

  it('are each on all GPUs of their machine', () => {
    expect(workers().devices(devices)).toEqual(gpus);
    expect(workers().replicas!(gpus)).toEqual({ devices: gpus.map((gpu) => [gpu]), syncBatchNorm: false });
  });

  it('are each placed as it is said', () => {
    const placement = workers({ each: columns({ top: 'gpu:0', bottom: 'gpu:1' }), syncBatchNorm: true });
    expect(placement.replicas!(gpus)).toEqual({ devices: [gpus], syncBatchNorm: true });
    expect(placement.deviceOf('bottom/conv1', gpus)).toBe(gpus[1]);
    expect(workers({ each: single() }).devices(devices)).toEqual([gpus[0]]);
    expect(workers({ each: replicas({ syncBatchNorm: true }) }).replicas!(gpus).syncBatchNorm).toBe(true);
  });

  it('say what they are made of', () => {
    expect(workers({ each: single('cpu:0') }).config).toEqual({ each: { name: 'single', device: 'cpu:0' } });
  });

  it.each([
    [{ each: 'gpu:0' }, 'each in workers is "gpu:0"; it must be a DevicePlacement'],
    [{ syncBatchNorm: 1 }, 'syncBatchNorm in workers is 1; it must be true or false'],
  ])('refuse %j', (options, message) => {
    expect(() => workers(options as never)).toThrow(message);
  });
});
