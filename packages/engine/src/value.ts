import type { Output, Pointer } from './c-api.js';
import type { DType } from './dtype.js';

/** A tensor of the runtime: it holds data (`EagerTensor`) or stands for an output in a graph (`GraphTensor`). */
export type Value = EagerTensor | GraphTensor;

/** What is known of a tensor without its values. */
export interface TensorSpec {
  readonly dtype: DType;
  /** Dimensions; -1 where unknown. */
  readonly shape: readonly number[];
}

/** A tensor with data, on some device. Owned: whoever holds it last calls `Runtime.delete`. */
export interface EagerTensor {
  readonly kind: 'eager';
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** `TFE_TensorHandle*` */
  readonly handle: Pointer;
  /** The device that a scope placed it on: `GPU:1`. */
  readonly device?: string;
}

/** The output of an operation in a graph that is being recorded. */
export interface GraphTensor {
  readonly kind: 'graph';
  readonly dtype: DType;
  /** Dimensions; -1 where unknown. */
  readonly shape: readonly number[];
  readonly output: Output;
  /** The graph (`TF_Graph*`) that it belongs to. */
  readonly graph: Pointer;
  /** The device that a scope placed it on: `GPU:1`. */
  readonly device?: string;
}

/** Attributes of an op, by TensorFlow's names. The op's definition says what each must be. */
export type Attributes = Readonly<Record<string, AttributeValue>>;
export type AttributeValue =
  | boolean
  | number
  | bigint
  | string
  | DType
  | EagerTensor
  | { readonly tensor: Pointer }
  | readonly (number | bigint | string)[]
  | readonly (readonly number[])[];
