import { layers } from '@tensorflow/tfjs-layers';
import { apply, type Block } from './block.js';

/** An activation by tfjs's name: `tanh`, `relu`, … */
export type Activation = NonNullable<Parameters<typeof layers.conv2d>[0]['activation']>;

/** max(0, x), as a layer of its own: where something stands between it and the convolution. */
export function relu(name: string): Block {
  return (x) => apply(layers.reLU({ name }), x);
}
