import type { Device } from '@paperlab/core';

/** A device of the runtime, or its name in any case: `GPU:1`, `gpu:1`. */
export type DeviceSpec = Device | string;

/**
 * The name of a device as TensorFlow writes it: `GPU:1`.
 * @throws if there is no such device, naming those that there are
 */
export function deviceName(devices: readonly Device[], device: DeviceSpec): string {
  const asked = typeof device === 'string' ? device : device.name;
  const name = asked.toUpperCase();
  if (devices.some((known) => known.name === name)) return name;
  const known = devices.map((known) => known.name).join(', ');
  throw new Error(`There is no device ${asked}. This process has ${known}.`);
}

/** Of TensorFlow's full name `/job:worker/replica:0/task:1/device:GPU:0`: the device, `GPU:0`. */
export const shortDeviceName = (name: string) => name.replace(/^.*\/device:/, '');
