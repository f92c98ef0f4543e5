import { layers } from '@tensorflow/tfjs-layers';
import type { Activation } from './activation.js';
import { apply, type Block } from './block.js';
import { type InitialWeights, pytorchDefault } from './initial-weights.js';
import { padded, type Padding } from './padding.js';

/**
 * Convolution, then the activation if there is one.
 * @param filters output channels
 * @param size    height and width of the kernel
 * @param options.stride  default 1
 * @param options.padding default `valid`: none
 * @param options.bias    whether there is one; default true
 * @param options.initialWeights default `pytorchDefault`
 */
export function conv(
  name: string,
  filters: number,
  size: number,
  options: {
    readonly stride?: number;
    readonly padding?: Padding;
    readonly bias?: boolean;
    readonly activation?: Activation;
    readonly initialWeights?: InitialWeights;
  } = {},
): Block {
  const { stride = 1, bias = true, activation, initialWeights = pytorchDefault } = options;
  return (image) => {
    const [x, padding] = padded(name, image, { size, stride }, options.padding ?? 'valid');
    return apply(
      layers.conv2d({
        name,
        filters,
        kernelSize: size,
        strides: stride,
        padding,
        useBias: bias,
        activation,
        ...initialWeights({ fanIn: size * size * x.shape.at(-1)!, fanOut: size * size * filters }),
      }),
      x,
    );
  };
}
