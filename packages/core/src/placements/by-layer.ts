import { z } from 'zod';
import type { Device } from '../engine.js';
import { parseOptions } from '../options.js';
import type { DevicePlacement } from '../placement.js';
import { matches } from '../step/weight-rules.js';
import { namedDevice } from './named-device.js';

/** Layers by name, `*` for any text (`conv1_*`), and the name of their device (`gpu:0`). */
export type LayerRule = readonly [pattern: string, device: string];

const text = z.string('text').min(1, 'text that is not empty');
const schema = z
  .array(
    z.tuple([text, text], 'a pattern and a device'),
    'a list such as [["conv*", "gpu:0"], ["fc*", "gpu:1"]]',
  )
  .min(1, 'a list with a rule or more');

/**
 * Model parallel: each layer on the device of the first rule whose pattern its name matches; a layer that none matches on the
 * first rule's device. A gradient is computed where its layer is, and updates are where the weights are.
 *
 * @example byLayer([['conv*', 'gpu:0'], ['fc*', 'gpu:1']])
 */
export function byLayer(rules: readonly LayerRule[]): DevicePlacement {
  const { rules: parsed } = parseOptions(z.strictObject({ rules: schema }), { rules }, 'byLayer');
  return layersOn('by-layer', { rules: parsed }, parsed as LayerRule[]);
}

/** Places layers by rules. */
export function layersOn(
  name: string,
  config: Readonly<Record<string, unknown>>,
  rules: readonly LayerRule[],
): DevicePlacement {
  return {
    name,
    config,
    devices(available) {
      if (available.length === 0) throw new Error('there is no device to run on');
      return [...new Set(rules.map(([, device]) => namedDevice(device, available)))];
    },
    deviceOf(layerName, devices): Device {
      const [, device] = rules.find(([pattern]) => matches(pattern, layerName)) ?? rules[0]!;
      return namedDevice(device, devices);
    },
  };
}
