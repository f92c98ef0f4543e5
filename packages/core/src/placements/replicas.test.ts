import { describe, expect, it } from '@jest/globals';
import type { Device } from '../engine.js';
import { placementContract } from '../testing/placement-contract.js';
import { columns } from './columns.js';
import { replicas } from './replicas.js';

const [cpu, ...gpus]: Device[] = [
  { name: 'CPU:0', type: 'CPU' },
  ...['GPU:0', 'GPU:1', 'GPU:2', 'GPU:3'].map((name): Device => ({ name, type: 'GPU' })),
];
const devices = [cpu!, ...gpus];
const names = (groups: readonly (readonly Device[])[]) =>
  groups.map((group) => group.map(({ name }) => name));

describe('replicas', () => {
  placementContract(() => replicas());

  it('are on all GPUs, or on the CPU devices where there are none', () => {
    expect(replicas().devices(devices)).toEqual(gpus);
    expect(replicas().devices([cpu!])).toEqual([cpu]);
    expect(names(replicas().replicas!(gpus).devices)).toEqual([['GPU:0'], ['GPU:1'], ['GPU:2'], ['GPU:3']]);
  });

  it('are on the devices that are named', () => {
    const placement = replicas({ devices: ['gpu:2', 'cpu:0'], syncBatchNorm: true });
    const chosen = placement.devices(devices);
    expect(placement.replicas!(chosen)).toEqual({ devices: [[gpus[2]], [cpu]], syncBatchNorm: true });
    expect(placement.deviceOf('C1', [cpu!])).toBe(cpu);
  });

  it('can each be columns', () => {
    const placement = replicas({
      each: [columns({ top: 'gpu:0', bottom: 'gpu:1' }), columns({ top: 'gpu:2', bottom: 'gpu:3' })],
    });
    const chosen = placement.devices(devices);
    const { devices: groups } = placement.replicas!(chosen);
    expect(names(groups)).toEqual([
      ['GPU:0', 'GPU:1'],
      ['GPU:2', 'GPU:3'],
    ]);
    expect(groups.map((own) => placement.deviceOf('bottom/conv2', own).name)).toEqual(['GPU:1', 'GPU:3']);
  });

  it.each([
    [
      { devices: ['gpu:0', 'gpu:7'] },
      'there is no device gpu:7; there are CPU:0, GPU:0, GPU:1, GPU:2, GPU:3',
    ],
    [{ devices: ['gpu:0', 'GPU:0'] }, 'two replicas are on GPU:0; give each devices of its own'],
  ])('refuses devices that cannot be had: %j', (options, message) => {
    expect(() => replicas(options).devices(devices)).toThrow(message);
  });

  it.each([
    [{ devices: [] }, 'devices in replicas'],
    [{ each: ['gpu:0'] }, 'each[0] in replicas is "gpu:0"; it must be a DevicePlacement'],
    [{ each: [replicas()], devices: ['cpu:0'] }, 'left out where devices are given'],
    [{ syncBatchNorm: 1 }, 'syncBatchNorm in replicas is 1; it must be true or false'],
  ])('refuses %j', (options, message) => {
    expect(() => replicas(options as never)).toThrow(message);
  });
});
