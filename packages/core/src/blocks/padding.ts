import { layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { apply } from './block.js';

/**
 * What lies around an image: nothing (`valid`), TensorFlow's `same`, whose odd row and column go to the bottom and the
 * right, or as many pixels on every side, as papers, Caffe and PyTorch say it.
 */
export type Padding = 'valid' | 'same' | number;

/** Height and width of a kernel or a pooling window, and the step between two of them. */
export interface Window {
  readonly size: number;
  readonly stride: number;
}

/**
 * The image with zeros around it by a layer `NAME/pad`, and the padding that remains for the layer that follows. No
 * layer is added where `same` means the same: at stride 1, half an odd window on every side.
 */
export function padded(
  name: string,
  image: SymbolicTensor,
  { size, stride }: Window,
  padding: Padding,
): [image: SymbolicTensor, padding: 'valid' | 'same'] {
  if (typeof padding === 'string') return [image, padding];
  if (padding === 0) return [image, 'valid'];
  if (stride === 1 && size === 2 * padding + 1) return [image, 'same'];
  const around: [number, number] = [padding, padding];
  return [apply(layers.zeroPadding2d({ name: `${name}/pad`, padding: around }), image), 'valid'];
}
