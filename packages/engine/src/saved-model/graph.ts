import type { MessageInitShape } from '@bufbuild/protobuf';
import { type NumericArray, dtypeNumber } from '../dtype.js';
import type { GraphDefSchema } from '../protos/tensorflow/core/framework/graph_pb.gen.js';
import type { NodeDefSchema } from '../protos/tensorflow/core/framework/node_def_pb.gen.js';
import type { SaverDefSchema } from '../protos/tensorflow/core/protobuf/saver_pb.gen.js';
import { SaverDef_CheckpointFormatVersion } from '../protos/tensorflow/core/protobuf/saver_pb.gen.js';
import type { SignatureDefSchema } from '../protos/tensorflow/core/protobuf/meta_graph_pb.gen.js';
import type { EagerTensor } from '../value.js';
import { attribute, shapeProto, stringsProto } from './attribute-values.js';
import { checkpointKey } from './checkpoint-key.js';
import type { NamedSpec, Signature } from './signature.js';

type NodeDef = MessageInitShape<typeof NodeDefSchema>;
type TensorInfo = { name: string; dtype: number; tensorShape: ReturnType<typeof shapeProto> };

/** Node that calls the function. */
const CALL = 'call';
const FILENAME = 'saver_filename';

/** Node of the constant that stands for capture `index` of the signature. */
export const constantNode = (index: number) => `constant_${index}`;

/** Node of a variable: its name, where TensorFlow takes that for a node's. */
const variableNode = ({ name }: NamedSpec, index: number) =>
  `variables/${/^[A-Za-z0-9_.\\/>-]+$/.test(name) ? name : index}`;

/**
 * The graph of a SavedModel, which programs without Python run (TensorFlow Serving, Java, Go): it calls the function
 * of the signature, and restores the variables.
 * @param numbers values of a constant
 */
export function servingGraph(
  signature: Signature,
  variables: readonly NamedSpec[],
  numbers: (tensor: EagerTensor) => NumericArray,
): Pick<MessageInitShape<typeof GraphDefSchema> & object, 'node' | 'library'> {
  const { definition, inputs, captures, outputs } = signature;
  const nodes = new Map(variables.map((variable, i) => [variable.name, variableNode(variable, i)]));
  const name = definition.signature!.name;
  const node: NodeDef[] = [
    ...inputs.map(({ name, dtype, shape }) => ({
      name: placeholder(name),
      op: 'Placeholder',
      attr: { dtype: attribute.dtype(dtype), shape: attribute.shape(shape) },
    })),
    ...variables.map(({ name, dtype, shape }) => ({
      name: nodes.get(name)!,
      op: 'VarHandleOp',
      attr: {
        dtype: attribute.dtype(dtype),
        shape: attribute.shape(shape),
        shared_name: attribute.text(name),
      },
    })),
    ...captures.flatMap((capture, i) =>
      capture.kind === 'constant' ? [constant(constantNode(i), capture.value, numbers)] : [],
    ),
    {
      name: CALL,
      op: 'StatefulPartitionedCall',
      input: [
        ...inputs.map(({ name }) => placeholder(name)),
        ...captures.map((capture, i) =>
          capture.kind === 'constant' ? constantNode(i) : nodes.get(capture.name)!,
        ),
      ],
      attr: {
        f: attribute.function(name),
        Tin: attribute.dtypes([
          ...inputs.map(({ dtype }) => dtype),
          ...captures.map((capture) => (capture.kind === 'constant' ? capture.value.dtype : 'resource')),
        ]),
        Tout: attribute.dtypes(outputs.map(({ dtype }) => dtype)),
        _output_shapes: attribute.shapes(outputs.map(({ shape }) => shape)),
      },
    },
    ...saverNodes(variables, nodes),
  ];
  return { node, library: { function: [definition] } };
}

/** What the graph's inputs and outputs are called, for those who run it. */
export function signatureDef({ inputs, outputs }: Signature): MessageInitShape<typeof SignatureDefSchema> {
  const info = (node: string, { dtype, shape }: NamedSpec): TensorInfo => ({
    name: node,
    dtype: dtypeNumber(dtype),
    tensorShape: shapeProto(shape),
  });
  const infos = (specs: readonly NamedSpec[], node: (spec: NamedSpec, index: number) => string) =>
    Object.fromEntries(
      specs.map((spec, i) => {
        const { name, ...encoding } = info(node(spec, i), spec);
        return [spec.name, { ...encoding, encoding: { case: 'name' as const, value: name } }];
      }),
    );
  return {
    inputs: infos(inputs, ({ name }) => `${placeholder(name)}:0`),
    outputs: infos(outputs, (_, i) => `${CALL}:${i}`),
    methodName: 'tensorflow/serving/predict',
  };
}

/** The nodes of `saverNodes` that restore and save. */
export const saverDef: MessageInitShape<typeof SaverDefSchema> = {
  filenameTensorName: `${FILENAME}:0`,
  saveTensorName: 'save/path:0',
  restoreOpName: 'restore/done',
  version: SaverDef_CheckpointFormatVersion.V2,
};

/** Nodes that restore variables from a checkpoint, and save them. */
function saverNodes(variables: readonly NamedSpec[], nodes: ReadonlyMap<string, string>): NodeDef[] {
  const dtypes = attribute.dtypes(variables.map(({ dtype }) => dtype));
  const node = ({ name }: NamedSpec) => nodes.get(name)!;
  const texts = (name: string, values: string[]): NodeDef => ({
    name,
    op: 'Const',
    attr: { dtype: attribute.dtype('string'), value: attribute.tensor(stringsProto(values)) },
  });
  const keys = variables.map(({ name }) => checkpointKey(name));
  const whole = variables.map(() => ''); // not a slice of the variable
  return [
    {
      name: FILENAME,
      op: 'Placeholder',
      attr: { dtype: attribute.dtype('string'), shape: attribute.shape([]) },
    },
    texts('saver/tensor_names', keys),
    texts('saver/shape_and_slices', whole),
    {
      name: 'restore/RestoreV2',
      op: 'RestoreV2',
      input: [FILENAME, 'saver/tensor_names', 'saver/shape_and_slices'],
      attr: { dtypes },
    },
    ...variables.map((variable, i) => ({
      name: `restore/${node(variable)}`,
      op: 'AssignVariableOp',
      input: [node(variable), `restore/RestoreV2:${i}`],
      attr: { dtype: attribute.dtype(variable.dtype) },
    })),
    { name: 'restore/done', op: 'NoOp', input: variables.map((variable) => `^restore/${node(variable)}`) },
    ...variables.map((variable) => ({
      name: `save/${node(variable)}`,
      op: 'ReadVariableOp',
      input: [node(variable)],
      attr: { dtype: attribute.dtype(variable.dtype) },
    })),
    {
      name: 'save/SaveV2',
      op: 'SaveV2',
      input: [
        ...[FILENAME, 'saver/tensor_names', 'saver/shape_and_slices'],
        ...variables.map((variable) => `save/${node(variable)}`),
      ],
      attr: { dtypes },
    },
    {
      name: 'save/path',
      op: 'Identity',
      input: [FILENAME, '^save/SaveV2'],
      attr: { T: attribute.dtype('string') },
    },
  ];
}

function constant(
  name: string,
  tensor: EagerTensor,
  numbers: (tensor: EagerTensor) => NumericArray,
): NodeDef {
  const { dtype, shape } = tensor;
  const { buffer, byteOffset, byteLength } = numbers(tensor);
  const tensorContent = new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
  const value = { dtype: dtypeNumber(dtype), tensorShape: shapeProto(shape), tensorContent };
  return { name, op: 'Const', attr: { dtype: attribute.dtype(dtype), value: attribute.tensor(value) } };
}

const placeholder = (name: string) => `serving_default_${name}`;
