import { serialization, type Tensor } from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';

/** The arguments of a layer's `call`, which is told whether the network is being trained. */
interface CallArguments {
  readonly training?: boolean;
}

type Output = Tensor | Tensor[];

type Call<Layer> = (
  layer: Layer,
  inputs: readonly [Tensor, ...Tensor[]],
  args: CallArguments,
  original: () => Output,
) => Output | undefined;

const overridden = new Set<string>();

/**
 * Puts a computation before that of one of tfjs's own layers: where it returns nothing, the layer's own follows. The
 * class stays tfjs's, so that models are saved, loaded and shared as ever.
 * @param className as tfjs registers it for `loadLayersModel`: `Dropout`
 */
export function overrideCall<Layer extends layers.Layer>(className: string, call: Call<Layer>): void {
  if (overridden.has(className)) return;
  overridden.add(className);
  const [stock] = serialization.SerializationMap.getMap().classNameMap[className] ?? [];
  const { prototype } = (stock ?? {}) as { prototype?: layers.Layer };
  if (!(prototype instanceof layers.Layer)) throw new Error(`tfjs has no layer ${className}`);
  const original = prototype.call;
  prototype.call = function (this: Layer, inputs, args) {
    const own = () => original.call(this, inputs, args);
    return call(this, [inputs].flat() as [Tensor], args as CallArguments, own) ?? own();
  };
}
