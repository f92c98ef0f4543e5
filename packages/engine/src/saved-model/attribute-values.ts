import type { MessageInitShape } from '@bufbuild/protobuf';
import { type DType, dtypeNumber } from '../dtype.js';
import type { AttrValueSchema } from '../protos/tensorflow/core/framework/attr_value_pb.gen.js';
import type { TensorProtoSchema } from '../protos/tensorflow/core/framework/tensor_pb.gen.js';
import type { TensorShapeProtoSchema } from '../protos/tensorflow/core/framework/tensor_shape_pb.gen.js';

type AttrValue = MessageInitShape<typeof AttrValueSchema>;
type TensorProto = MessageInitShape<typeof TensorProtoSchema>;

const utf8 = new TextEncoder();

/** A shape as protobuf has it; -1 where a size is unknown. */
export const shapeProto = (shape: readonly number[]): MessageInitShape<typeof TensorShapeProtoSchema> => ({
  dim: shape.map((size) => ({ size: BigInt(size) })),
});

/** A list of strings as protobuf has it. */
export const stringsProto = (values: readonly string[]): TensorProto => ({
  dtype: dtypeNumber('string'),
  tensorShape: shapeProto([values.length]),
  stringVal: values.map((value) => utf8.encode(value)),
});

/** Attributes of a node, each by its kind. */
export const attribute = {
  dtype: (dtype: DType): AttrValue => ({ value: { case: 'type', value: dtypeNumber(dtype) } }),
  dtypes: (dtypes: readonly DType[]): AttrValue => ({
    value: { case: 'list', value: { type: dtypes.map(dtypeNumber) } },
  }),
  shape: (shape: readonly number[]): AttrValue => ({ value: { case: 'shape', value: shapeProto(shape) } }),
  shapes: (shapes: readonly (readonly number[])[]): AttrValue => ({
    value: { case: 'list', value: { shape: shapes.map(shapeProto) } },
  }),
  text: (text: string): AttrValue => ({ value: { case: 's', value: utf8.encode(text) } }),
  tensor: (tensor: TensorProto): AttrValue => ({ value: { case: 'tensor', value: tensor } }),
  function: (name: string): AttrValue => ({ value: { case: 'func', value: { name } } }),
};
