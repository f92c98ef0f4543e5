import type { Device } from './engine.js';

/** Decides which device computes what. A gradient runs where its forward op ran. */
export interface DevicePlacement {
  /** `single`, `replicas`, … */
  readonly name: string;
  /** The options that it was made with, as plain data: what trackers record of it. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** The devices it wants, out of those that there are. Throws, naming those that there are, when one is missing. */
  devices(available: readonly Device[]): readonly Device[];
  /** The device of a layer, out of `devices()`, or of one replica's. */
  deviceOf(layerName: string, devices: readonly Device[]): Device;
  /** The copies of the network that share each batch, each on some of the devices. Absent: one, on all of them. */
  replicas?(devices: readonly Device[]): Replicas;
}

export interface Replicas {
  /** Of each replica, in corresponding order. */
  readonly devices: readonly (readonly Device[])[];
  /** Whether batch normalisation takes its statistics over all replicas, instead of over each one's part of the batch. */
  readonly syncBatchNorm: boolean;
}
