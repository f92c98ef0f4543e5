import { describe, expect, it } from '@jest/globals';
import type { Device } from '../engine.js';
import { placementContract } from '../testing/placement-contract.js';
import { byLayer } from './by-layer.js';
import { columns } from './columns.js';

const devices: readonly Device[] = [
  { name: 'CPU:0', type: 'CPU' },
  { name: 'GPU:0', type: 'GPU' },
  { name: 'GPU:1', type: 'GPU' },
];

describe('byLayer', () => {
  const placement = byLayer([
    ['conv1_*', 'gpu:1'],
    ['conv*', 'gpu:0'],
    ['fc?', 'cpu:0'],
  ]);
  placementContract(() => placement, 'a CPU and two GPUs');

  it('takes the first rule that matches, and the first device where none does', () => {
    const chosen = placement.devices(devices);
    expect(chosen.map(({ name }) => name)).toEqual(['GPU:1', 'GPU:0', 'CPU:0']);
    const deviceOf = (layer: string) => placement.deviceOf(layer, chosen).name;
    expect(['conv1_2', 'conv2_1', 'fc?', 'fc6'].map(deviceOf)).toEqual(['GPU:1', 'GPU:0', 'CPU:0', 'GPU:1']);
  });

  it('names the devices that there are when one is not', () => {
    expect(() => placement.devices(devices.slice(0, 2))).toThrow(
      'there is no device gpu:1; there are CPU:0, GPU:0',
    );
  });

  it.each([
    [[], 'rules in byLayer is a list of 0; it must be a list with a rule or more'],
    ['conv', 'rules in byLayer is "conv"; it must be a list such as [["conv*", "gpu:0"], ["fc*", "gpu:1"]]'],
    [[['conv*']], 'a pattern and a device'],
  ])('refuses %j', (rules, message) => {
    expect(() => byLayer(rules as never)).toThrow(message);
  });
});

describe('columns', () => {
  const placement = columns({ top: 'gpu:0', bottom: 'gpu:1' });
  placementContract(() => placement, 'a CPU and two GPUs');

  it('puts a layer on the device of its column, and others on the first', () => {
    const chosen = placement.devices(devices);
    const deviceOf = (layer: string) => placement.deviceOf(layer, chosen).name;
    expect(['top/conv1', 'bottom/conv1', 'topmost', 'fc8'].map(deviceOf)).toEqual([
      'GPU:0',
      'GPU:1',
      'GPU:0',
      'GPU:0',
    ]);
    expect(placement.config).toEqual({ top: 'gpu:0', bottom: 'gpu:1' });
  });

  it.each([
    [{}, 'devices in columns is an empty object; it must be a device for each column'],
    [{ top: 1 }, 'the name of a device'],
  ])('refuses %j', (given, message) => {
    expect(() => columns(given as never)).toThrow(message);
  });
});
