import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Device, Engine } from './engine.js';
import type { DevicePlacement } from './placement.js';
import { listed } from './step/weight-rules.js';

/**
 * Puts each layer of a model on its device: its weights into the device's memory, and what it computes, gradients included,
 * into the device's scope. With one device and no replicas, nothing is done.
 * @param devices of the placement, or of one of its replicas
 * @throws if the engine has no devices to choose from, or one of them gets no layer with weights
 */
export function placeLayers(
  model: LayersModel,
  engine: Engine,
  placement: DevicePlacement,
  devices: readonly Device[],
): void {
  if (devices.length < 2 && !placement.replicas) return;
  const { withDevice, place } = scopesOf(engine, placement);
  const used = new Set<Device>();
  for (const layer of model.layers) {
    const device = placement.deviceOf(layer.name, devices);
    const weights = layer.weights.map((weight) => weight.read() as Variable);
    if (weights.length > 0) used.add(device);
    place(weights, device);
    const call = layer.call.bind(layer);
    layer.call = (inputs, kwargs) => withDevice(device, () => call(inputs, kwargs)) as Tensor | Tensor[];
  }
  const idle = devices.find((device) => !used.has(device));
  if (idle) throw new Error(nothingOn(idle, placement, model));
}

function scopesOf(engine: Engine, { name }: DevicePlacement): Required<Pick<Engine, 'withDevice' | 'place'>> {
  const { withDevice, place } = engine;
  if (!withDevice || !place)
    throw new Error(
      `the engine ${engine.name} computes on one device; the placement ${name} needs TensorFlow's`,
    );
  return { withDevice: withDevice.bind(engine), place: place.bind(engine) };
}

function nothingOn(device: Device, { name }: DevicePlacement, model: LayersModel): string {
  const layers = model.layers.filter(({ weights }) => weights.length > 0).map((layer) => layer.name);
  return `the placement ${name} puts no layer of ${model.name} on ${device.name}; its layers with weights are ${listed(layers)}`;
}
