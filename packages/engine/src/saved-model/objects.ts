import type { MessageInitShape } from '@bufbuild/protobuf';
import { dtypeNumber } from '../dtype.js';
import type { SavedObjectGraphSchema } from '../protos/tensorflow/core/protobuf/saved_object_graph_pb.gen.js';
import type { StructuredValueSchema } from '../protos/tensorflow/core/protobuf/struct_pb.gen.js';
import type { TrackableObjectGraphSchema } from '../protos/tensorflow/core/protobuf/trackable_object_graph_pb.gen.js';
import { shapeProto } from './attribute-values.js';
import { checkpointKey } from './checkpoint-key.js';
import { constantNode } from './graph.js';
import type { NamedSpec, Signature } from './signature.js';

type StructuredValue = MessageInitShape<typeof StructuredValueSchema>;
type SavedObjectGraph = MessageInitShape<typeof SavedObjectGraphSchema> & object;
type SavedObject = NonNullable<SavedObjectGraph['nodes']>[number];
type Children = { nodeId: number; localName: string }[];

/** A weight, and whether it is trained. */
export interface SavedVariable extends NamedSpec {
  readonly trainable: boolean;
}

/** Numbers of the first nodes; variables, then constants follow. */
const [VARIABLES, SIGNATURES, FUNCTION, FIRST] = [1, 2, 3, 4] as const;

/**
 * The Python objects that `tf.saved_model.load` makes: one with `.variables`, a list of all, and `.signatures`.
 */
export function objectGraph(signature: Signature, variables: readonly SavedVariable[]): SavedObjectGraph {
  const { definition, inputs, captures, outputs } = signature;
  const numbers = new Map(variables.map(({ name }, i) => [name, FIRST + i]));
  const constants: SavedObject[] = [];
  const boundInputs = captures.map((capture, i) => {
    if (capture.kind === 'variable') return numbers.get(capture.name)!;
    constants.push({ kind: { case: 'constant', value: { operation: constantNode(i) } } });
    return FIRST + variables.length + constants.length - 1;
  });
  const name = definition.signature!.name;
  return {
    nodes: [
      userObject('_generic_user_object', rootChildren),
      userObject('trackable_list_wrapper', variableChildren(variables)),
      userObject('signature_map', [{ nodeId: FUNCTION, localName: 'serving_default' }]),
      {
        kind: {
          case: 'bareConcreteFunction',
          value: {
            concreteFunctionName: name,
            argumentKeywords: inputs.map((input) => input.name),
            allowedPositionalArguments: BigInt(inputs.length === 1 ? 1 : 0),
          },
        },
      },
      ...variables.map(({ name, dtype, shape, trainable }) => ({
        kind: {
          case: 'variable' as const,
          value: { name, dtype: dtypeNumber(dtype), shape: shapeProto(shape), trainable },
        },
      })),
      ...constants,
    ],
    concreteFunctions: {
      [name]: {
        boundInputs,
        canonicalizedInputSignature: tuple([tuple([]), specs(inputs)]), // positional, keyword
        outputSignature: specs(outputs),
      },
    },
  };
}

/** Says which tensor of the checkpoint belongs to which of the objects. */
export const checkpointObjects = (
  variables: readonly NamedSpec[],
): MessageInitShape<typeof TrackableObjectGraphSchema> => ({
  nodes: [
    { children: rootChildren },
    { children: variableChildren(variables) },
    {},
    {},
    ...variables.map(({ name }) => ({
      attributes: [{ name: 'VARIABLE_VALUE', fullName: name, checkpointKey: checkpointKey(name) }],
    })),
  ],
});

const rootChildren: Children = [
  { nodeId: VARIABLES, localName: 'variables' },
  { nodeId: SIGNATURES, localName: 'signatures' },
];

const variableChildren = (variables: readonly NamedSpec[]): Children =>
  variables.map((_, i) => ({ nodeId: FIRST + i, localName: String(i) }));

const userObject = (identifier: string, children: Children): SavedObject => ({
  children,
  kind: { case: 'userObject', value: { identifier, version: { producer: 1, minConsumer: 1 } } },
});

const tuple = (values: StructuredValue[]): StructuredValue => ({
  kind: { case: 'tupleValue', value: { values } },
});

const specs = (named: readonly NamedSpec[]): StructuredValue => ({
  kind: {
    case: 'dictValue',
    value: {
      fields: Object.fromEntries(
        named.map(({ name, dtype, shape }) => [
          name,
          {
            kind: {
              case: 'tensorSpecValue',
              value: { name, dtype: dtypeNumber(dtype), shape: shapeProto(shape) },
            },
          },
        ]),
      ),
    },
  },
});
