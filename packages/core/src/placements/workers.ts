import { z } from 'zod';
import { parseOptions } from '../options.js';
import type { DevicePlacement } from '../placement.js';
import { expectedPlugin, isPlugin } from '../plugin-kinds.js';
import { replicas } from './replicas.js';

export interface WorkersOptions {
  /** How the network is placed in each process. Default `replicas()`: on all its GPUs, or on its CPU. */
  readonly each?: DevicePlacement;
  /** Whether batch normalisation takes its statistics over the whole batch. Default: as `each` has it. */
  readonly syncBatchNorm?: boolean;
}

const schema = z.strictObject({
  each: z
    .custom<DevicePlacement>((value) => isPlugin('DevicePlacement', value), expectedPlugin('DevicePlacement'))
    .default(() => replicas()),
  syncBatchNorm: z.boolean('true or false').optional(),
});

/**
 * Data parallel over processes, on one machine or on many: each reads its part of every batch, and gradients are summed over all,
 * so that they learn as one process does with the same batch. The processes find each other by the environment variable
 * `TF_CONFIG`; where it is not set, there is one. `paperlab launch` starts several on one machine.
 *
 * @example workers()
 * @example workers({ each: columns({ top: 'gpu:0', bottom: 'gpu:1' }) })
 */
export function workers(options: WorkersOptions = {}): DevicePlacement {
  const { each, syncBatchNorm } = parseOptions(schema, options, 'workers');
  return {
    name: 'workers',
    config: { each: { name: each.name, ...each.config }, syncBatchNorm },
    devices: (available) => each.devices(available),
    deviceOf: (layerName, devices) => each.deviceOf(layerName, devices),
    replicas(devices) {
      const own = each.replicas?.(devices) ?? { devices: [devices], syncBatchNorm: false };
      return { ...own, syncBatchNorm: syncBatchNorm ?? own.syncBatchNorm };
    },
  };
}
