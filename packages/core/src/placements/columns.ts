import { z } from 'zod';
import { parseOptions } from '../options.js';
import type { DevicePlacement } from '../placement.js';
import { layersOn, type LayerRule } from './by-layer.js';

const schema = z
  .record(z.string(), z.string('the name of a device, such as "gpu:0"').min(1, 'the name of a device'))
  .refine((columns) => Object.keys(columns).length > 0, { error: 'a device for each column' });

/**
 * Model parallel: the columns that a model names, each on a device of its own, as AlexNet's `top` and `bottom` were on two GPUs
 * (Krizhevsky, Sutskever and Hinton 2012, Figure 2). A layer is of the column that its name begins with: `top/conv1`. What is
 * of no column is on the first one's device.
 *
 * @example columns({ top: 'gpu:0', bottom: 'gpu:1' })
 */
export function columns(devices: Readonly<Record<string, string>>): DevicePlacement {
  const parsed = parseOptions(z.strictObject({ devices: schema }), { devices }, 'columns').devices;
  const rules = Object.entries(parsed).map(([column, device]): LayerRule => [`${column}/*`, device]);
  return layersOn('columns', parsed, rules);
}
