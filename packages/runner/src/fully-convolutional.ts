import { initialize, namedWeights, registerLayers } from '@paperlab/core';
import { reshape, tidy } from '@tensorflow/tfjs-core';
import { type LayersModel, models } from '@tensorflow/tfjs-layers';

/** A layer in a model's topology, as Keras writes it. */
interface LayerConfig {
  readonly name?: string;
  class_name: string;
  config: Record<string, unknown> & { name: string };
  readonly inbound_nodes?: readonly (readonly (readonly [layer: string, ...rest: unknown[]])[])[];
}

/** What gives on what it is given, whatever its shape. */
const PASSING = new Set(['Dropout', 'Activation', 'ReLU']);

/**
 * The network applied convolutionally, as VGG is tested (Simonyan and Zisserman 2014, Section 3.2, after Sermanet et al. 2013): a
 * fully connected layer on maps of h×w becomes a convolution of that size, and those behind it 1×1, so that an image of any size,
 * no smaller than the network's own, gives a map of logits. A network that averages over its maps, as ResNet does, stays as it is.
 * The caller disposes it.
 * @throws if a fully connected layer reads several maps at once, as AlexNet's over both columns does
 */
export async function fullyConvolutional(model: LayersModel): Promise<LayersModel> {
  const modelTopology = JSON.parse(JSON.stringify(model.toJSON(null, false))) as {
    [key: string]: unknown;
    config: { layers: LayerConfig[] };
  };
  const { layers } = modelTopology.config;
  const byName = new Map(layers.map((layer) => [layer.config.name, layer]));
  const kinds = new Map(layers.map(({ config, class_name }) => [config.name, class_name]));
  const inputsOf = (layer: LayerConfig) =>
    layer.inbound_nodes?.[0]?.map(([name]) => name) ??
    layers
      .slice(0, layers.indexOf(layer))
      .slice(-1)
      .map(({ config }) => config.name);
  /** The layer whose shape decides what a layer is given. */
  const source = (layer: LayerConfig): LayerConfig | undefined => {
    const [first, ...others] = inputsOf(layer);
    if (first === undefined || others.length > 0) return undefined;
    const input = byName.get(first)!;
    return PASSING.has(kinds.get(first)!) ? source(input) : input;
  };
  for (const layer of layers) {
    const { config } = layer;
    const shape = config['batch_input_shape'] as (number | null)[] | undefined;
    if (shape?.length === 4) config['batch_input_shape'] = [null, null, null, shape[3]];
    if (kinds.get(config.name) === 'Flatten') {
      layer.class_name = 'Activation';
      config['activation'] = 'linear';
    }
    if (kinds.get(config.name) !== 'Dense') continue;
    const from = source(layer);
    const kind = from && kinds.get(from.config.name);
    if (!from || kind === 'Concatenate')
      throw new Error(
        `${config.name} of ${model.name} reads several layers: it cannot be made a convolution`,
      );
    if (kind !== 'Flatten') continue; // on maps it is a convolution of 1×1, as it is
    const [, height, width] = model.getLayer(from.config.name).inboundNodes[0]!.inputShapes[0] as number[];
    layer.class_name = 'Conv2D';
    const { units, ...kept } = config;
    layer.config = { ...kept, filters: units, kernel_size: [height, width], padding: 'valid' } as never;
  }
  registerLayers();
  const built = await initialize(0, () => models.modelFromJSON({ modelTopology: modelTopology as never }));
  const weights = namedWeights(model);
  for (const [name, weight] of namedWeights(built))
    tidy(() => weight.assign(reshape(weights.get(name)!, weight.shape) as never));
  return built;
}
