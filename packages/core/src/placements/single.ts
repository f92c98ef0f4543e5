import type { Device } from '../engine.js';
import type { DevicePlacement } from '../placement.js';
import { namedDevice } from './named-device.js';

/**
 * Everything on one device.
 * @param device its name, as `CPU:0`. Default: the first GPU if there is one, else the first CPU
 */
export function single(device?: string): DevicePlacement {
  return {
    name: 'single',
    config: { device },
    devices: (available) => [device === undefined ? first(available) : namedDevice(device, available)],
    deviceOf: (_layerName, [only]) => only!,
  };
}

function first(available: readonly Device[]): Device {
  const device = available.find(({ type }) => type === 'GPU') ?? available[0];
  if (!device) throw new Error('there is no device to run on');
  return device;
}
