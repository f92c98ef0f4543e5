import { z } from 'zod';
import type { Device } from '../engine.js';
import { parseOptions } from '../options.js';
import type { DevicePlacement } from '../placement.js';
import { expectedPlugin, isPlugin } from '../plugin-kinds.js';
import { namedDevice } from './named-device.js';
import { single } from './single.js';

export interface ReplicasOptions {
  /** Their devices, one each: `['gpu:0', 'gpu:1']`. Default: all GPUs, or all CPU devices where there are none. */
  readonly devices?: readonly string[];
  /** How each replica is placed, instead of on one device: `[columns({ … }), columns({ … })]`. */
  readonly each?: readonly DevicePlacement[];
  /** Whether batch normalisation takes its statistics over the whole batch. Default false: over each replica's part. */
  readonly syncBatchNorm?: boolean;
}

const schema = z
  .strictObject({
    devices: z.array(z.string('the name of a device'), 'a list of names of devices').min(1).optional(),
    each: z
      .array(
        z.custom<DevicePlacement>(
          (value) => isPlugin('DevicePlacement', value),
          expectedPlugin('DevicePlacement'),
        ),
        'a list of placements',
      )
      .min(1)
      .optional(),
    syncBatchNorm: z.boolean('true or false').default(false),
  })
  .refine(({ devices, each }) => !devices || !each, {
    path: ['each'],
    error: 'left out where devices are given',
  });

/**
 * Data parallel: a copy of the network on each device, each batch shared among them, and gradients summed over all, so that they
 * learn as one device does with the same batch. What dropout leaves out is drawn for the whole batch.
 *
 * @example replicas()
 * @example replicas({ devices: ['gpu:0', 'gpu:1'], syncBatchNorm: true })
 * @example replicas({ each: [columns({ top: 'gpu:0', bottom: 'gpu:1' }), columns({ top: 'gpu:2', bottom: 'gpu:3' })] })
 */
export function replicas(options: ReplicasOptions = {}): DevicePlacement {
  const { devices: names, each, syncBatchNorm } = parseOptions(schema, options, 'replicas');
  const placementsOf = (available: readonly Device[]) =>
    each ??
    (names ?? available.map(({ name }) => name)).map((name) => single(namedDevice(name, available).name));
  const placed = new Map<Device, DevicePlacement>();
  return {
    name: 'replicas',
    config: { devices: names, each: each?.map(({ name, config }) => ({ name, ...config })), syncBatchNorm },
    devices(available) {
      if (available.length === 0) throw new Error('there is no device to run on');
      const gpus = available.filter(({ type }) => type === 'GPU');
      const all = names || each || gpus.length === 0 ? available : gpus;
      return distinct(placementsOf(all).flatMap((placement) => placement.devices(all)));
    },
    deviceOf(layerName, devices) {
      return (placed.get(devices[0]!) ?? single()).deviceOf(layerName, devices);
    },
    replicas(devices) {
      const groups = placementsOf(devices).map((placement) => {
        const own = placement.devices(devices);
        placed.set(own[0]!, placement);
        return own;
      });
      return { devices: groups, syncBatchNorm };
    },
  };
}

function distinct(devices: readonly Device[]): readonly Device[] {
  const twice = devices.find((device, i) => devices.indexOf(device) !== i);
  if (twice) throw new Error(`two replicas are on ${twice.name}; give each devices of its own`);
  return devices;
}
