import type { Device } from '../engine.js';

/**
 * The device of that name, in any case: `GPU:1`, `gpu:1`.
 * @throws if it is not there, naming those that are
 */
export function namedDevice(name: string, available: readonly Device[]): Device {
  const device = available.find((candidate) => candidate.name === name.toUpperCase());
  if (!device)
    throw new Error(
      `there is no device ${name}; there ${available.length === 1 ? 'is' : 'are'} ${available.map(({ name }) => name).join(', ')}`,
    );
  return device;
}
