import { getBackend } from '@tensorflow/tfjs-core';
import { type LayersModel, model as functional } from '@tensorflow/tfjs-layers';
import { modelOf, type StoredNetwork } from '../load-checkpoint.js';

/** Calls `use` with a stored network that gives the logits alone, and disposes it. */
export async function withLogits(
  stored: StoredNetwork,
  use: (model: LayersModel) => Promise<void>,
): Promise<void> {
  if (!getBackend()) await import('@tensorflow/tfjs-backend-cpu');
  const network = await modelOf(stored);
  try {
    const { inputs, outputs, name } = network;
    await use(outputs.length === 1 ? network : functional({ name, inputs, outputs: outputs[0]! }));
  } finally {
    network.dispose();
  }
}
