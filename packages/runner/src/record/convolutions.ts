import type { layers, LayersModel } from '@tensorflow/tfjs-layers';

type Layer = layers.Layer;

const isConvolution = (layer: Layer) => /Conv2D$/.test(layer.getClassName());

/** The convolutions that read the images, with no other one before them; where a network has two columns, two. */
export function firstConvolutions(model: LayersModel): Layer[] {
  /** Layers that a convolution comes before. */
  const behind = new Set<Layer>();
  return model.layers.filter((layer) => {
    const before = layer.inboundNodes.flatMap(({ inboundLayers }) => inboundLayers);
    if (before.some((other) => isConvolution(other) || behind.has(other))) behind.add(layer);
    return isConvolution(layer) && !behind.has(layer);
  });
}

/**
 * The first convolution, and the last one of each size of maps: a few steps on the way of an image through the network. On maps
 * of one place there is nothing to see.
 */
export function shownConvolutions(model: LayersModel): Layer[] {
  const sizeOf = (layer: Layer) => (layer.getOutputAt(0) as { shape: number[] }).shape.slice(1, 3).join('×');
  const convolutions = model.layers.filter((layer) => isConvolution(layer) && sizeOf(layer) !== '1×1');
  const lastOfSize = new Map(convolutions.map((layer) => [sizeOf(layer), layer]));
  const shown = new Set([...convolutions.slice(0, 1), ...lastOfSize.values()]);
  return convolutions.filter((layer) => shown.has(layer));
}
