import { layers } from '@tensorflow/tfjs-layers';
import { apply, type Block, chain } from './block.js';
import { padded, type Padding } from './padding.js';

interface PoolOptions {
  /** Default: the size, so that windows do not overlap. */
  readonly stride?: number;
}

/**
 * Mean over windows.
 * @param size height and width of a window
 */
export function avgPool(name: string, size: number, { stride = size }: PoolOptions = {}): Block {
  return (x) => apply(layers.averagePooling2d({ name, poolSize: size, strides: stride }), x);
}

/**
 * Maximum over windows.
 * @param size height and width of a window
 * @param options.padding default `valid`: none. A number surrounds the image with zeros, which is as good as
 *   PyTorch's minus infinity where nothing is negative: after a ReLU
 */
export function maxPool(
  name: string,
  size: number,
  { stride = size, padding = 'valid' }: PoolOptions & { readonly padding?: Padding } = {},
): Block {
  return (image) => {
    const [x, remaining] = padded(name, image, { size, stride }, padding);
    return apply(layers.maxPooling2d({ name, poolSize: size, strides: stride, padding: remaining }), x);
  };
}

/**
 * Minimum over windows, as -max(-x): layers `NAME/negative`, `NAME/max` and `NAME`.
 * @param size height and width of a window
 */
export function minPool(name: string, size: number, options: PoolOptions = {}): Block {
  const negative =
    (layer: string): Block =>
    (x) =>
      apply(layers.rescaling({ name: layer, scale: -1 }), x);
  return chain(negative(`${name}/negative`), maxPool(`${name}/max`, size, options), negative(name));
}

/** Mean of each channel over the whole image, `[batch, channels]`. */
export function globalAvgPool(name: string): Block {
  return (x) => apply(layers.globalAveragePooling2d({ name, dataFormat: 'channelsLast' }), x);
}
