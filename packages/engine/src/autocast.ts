import type { Precision } from '@paperlab/core';
import type { DType } from './dtype.js';
import { groupInputs, type OpDefinition } from './op-definition.js';
import type { Attributes, GraphTensor } from './value.js';

/** What is worth computing in fewer bits: products, which add up in float32 inside. */
const PRODUCTS = new Set(
  `Conv2D Conv2DBackpropFilter Conv2DBackpropInput DepthwiseConv2dNative DepthwiseConv2dNativeBackpropFilter
  DepthwiseConv2dNativeBackpropInput MatMul BatchMatMul BatchMatMulV2 BatchMatMulV3`.split(/\s+/),
);

/**
 * What takes as many bits as what it is given: little is lost, and casts between products are saved. Of two kinds, the larger
 * tensor decides, as a bias has fewer numbers than what it is added to; if they are alike, float32.
 */
const FOLLOWERS = new Set(
  `Add AddV2 AddN AvgPool AvgPoolGrad BiasAdd BiasAddGrad ConcatV2 ExpandDims FusedBatchNormV3 FusedBatchNormGradV3
  Identity LeakyRelu LeakyReluGrad MaxPool MaxPoolGrad Mul Neg Pad PadV2 Relu Relu6 Relu6Grad ReluGrad Reshape Select
  SelectV2 Sigmoid SigmoidGrad Slice Split SplitV Squeeze StridedSlice StridedSliceGrad Sub Tanh TanhGrad Transpose
  ZerosLike`.split(/\s+/),
);

/** The attribute that is the type of the tensors that these ops compute on. */
const TYPE = 'T';

const DTYPES = { bfloat16: 'bfloat16', mixed_float16: 'float16' } as const satisfies Partial<
  Record<Precision, DType>
>;

/** Numbers in the largest of some tensors. */
const largest = (values: readonly GraphTensor[]) =>
  Math.max(0, ...values.map(({ shape }) => shape.reduce((product, size) => product * Math.abs(size), 1)));

type Cast = (value: GraphTensor, dtype: DType) => GraphTensor;

/**
 * Mixed precision while a function is traced, as PyTorch's autocast has it: products are computed in 16 bits, what lies
 * between them follows, and everything else (losses, sums, updates of variables, what the function returns) is float32. A
 * tensor is cast once for all that read it.
 *
 * Not by Grappler's `auto_mixed_precision`, which leaves a function as it is where it does not know the device, says what it
 * converted on standard error, and (TensorFlow 2.20, float16 on a CPU) ends the process on some graphs.
 */
export class Autocast {
  readonly #dtype: DType;
  readonly #cast: Cast;
  readonly #casts = new Map<GraphTensor, GraphTensor>();

  /** @param cast records a cast */
  constructor(precision: Exclude<Precision, 'float32'>, cast: Cast) {
    this.#dtype = DTYPES[precision];
    this.#cast = cast;
  }

  /** The inputs and attributes that an op is recorded with. */
  prepare(
    op: string,
    definition: OpDefinition,
    inputs: readonly GraphTensor[],
    attributes: Attributes,
  ): { inputs: readonly GraphTensor[]; attributes: Attributes } {
    const groups = [...groupInputs(definition, inputs, attributes)];
    const typed = groups.flatMap(({ type, values }) => (type === TYPE ? values : []));
    const low = this.#takesFewer(op, typed);
    const prepared = groups.flatMap(({ type, values }) =>
      values.map((value) => (low && type === TYPE ? this.#inFewer(value) : this.inFloat32(value))),
    );
    const settled = Object.entries(attributes).map(([name, value]) => {
      if (low && name === TYPE) return [name, this.#dtype] as const;
      return [name, value === this.#dtype ? 'float32' : value] as const;
    });
    return { inputs: prepared, attributes: Object.fromEntries(settled) };
  }

  /** A tensor as code outside of the function, and ops that need all bits, see it. */
  inFloat32(value: GraphTensor): GraphTensor {
    return value.dtype === this.#dtype ? this.#once(value, 'float32') : value;
  }

  #takesFewer(op: string, typed: readonly GraphTensor[]): boolean {
    const floats = typed.every(({ dtype }) => dtype === 'float32' || dtype === this.#dtype);
    if (!floats || typed.length === 0) return false;
    if (PRODUCTS.has(op)) return true;
    const [low, high] = [true, false].map((fewer) =>
      typed.filter(({ dtype }) => fewer === (dtype === this.#dtype)),
    );
    return FOLLOWERS.has(op) && low!.length > 0 && largest(high!) < largest(low!);
  }

  #inFewer(value: GraphTensor): GraphTensor {
    return value.dtype === this.#dtype ? value : this.#once(value, this.#dtype);
  }

  #once(value: GraphTensor, dtype: DType): GraphTensor {
    let cast = this.#casts.get(value);
    if (!cast) this.#casts.set(value, (cast = this.#cast(value, dtype)));
    return cast;
  }
}
