import type { Tensor } from '@tensorflow/tfjs-core';
import type { Attributes, TensorSpec } from '../value.js';

/** What all elements of a dataset are: the same structure of tensors, with the same dtypes and, where known, shapes. */
export interface ElementStructure {
  readonly specs: readonly TensorSpec[];
  /** Puts tensors, in the order of `specs`, where they belong. */
  rebuild(tensors: readonly Tensor[]): unknown;
}

/** An element with each tensor replaced by what is known of it. */
export type ElementSpec<Element> = Element extends Tensor
  ? TensorSpec
  : Element extends object
    ? { [Key in keyof Element]: ElementSpec<Element[Key]> }
    : Element;

/** How dataset ops are told what their elements are. */
export const elementAttributes = ({ specs }: ElementStructure): Attributes => ({
  output_types: specs.map(({ dtype }) => dtype),
  output_shapes: specs.map(({ shape }) => shape),
});

/** The structure with other shapes. */
export function reshaped(
  { specs, rebuild }: ElementStructure,
  change: (shape: readonly number[]) => readonly number[],
): ElementStructure {
  return { specs: specs.map(({ dtype, shape }) => ({ dtype, shape: change(shape) })), rebuild };
}
