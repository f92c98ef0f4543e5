import { fromBinary } from '@bufbuild/protobuf';
import { filledBuffer } from './buffer.js';
import type { CApi, Pointer } from './c-api.js';
import { OpDefSchema } from './protos/tensorflow/core/framework/op_def_pb.gen.js';
import { check } from './status.js';
import type { Attributes, Value } from './value.js';

/** What the engine needs to know of an op, from the library's own registry. */
export interface OpDefinition {
  readonly inputs: readonly OpArgument[];
  /** Attribute types by name, as TensorFlow writes them: `int`, `list(type)`, … */
  readonly attributes: ReadonlyMap<string, string>;
  /** Whether it has effects beside its outputs, so that it must run in program order. */
  readonly stateful: boolean;
  /** Number of outputs, which attributes may decide. */
  readonly outputs: (attributes: Attributes) => number;
}

/** One input argument of an op. A list argument takes several tensors; `countAttribute` says how many, where it has one. */
interface OpArgument {
  readonly name: string;
  /** The attribute that is the dtype of its tensors, where one is: `T`. */
  readonly type: string;
  readonly list: boolean;
  readonly countAttribute?: string;
}

/** Reads definitions from the library once per op. */
export class OpDefinitions {
  readonly #c: CApi;
  readonly #graph: Pointer;
  readonly #known = new Map<string, OpDefinition>();

  constructor(c: CApi) {
    this.#c = c;
    this.#graph = c.TF_NewGraph(); // the C API looks ops up through a graph
  }

  /** Throws when this TensorFlow has no such op. */
  get(op: string): OpDefinition {
    let definition = this.#known.get(op);
    if (!definition) this.#known.set(op, (definition = this.#read(op)));
    return definition;
  }

  #read(op: string): OpDefinition {
    const c = this.#c;
    const serialized = filledBuffer(c, (buffer) =>
      check(c, op, (status) => c.TF_GraphGetOpDef(this.#graph, op, buffer, status)),
    );
    const definition = fromBinary(OpDefSchema, serialized);
    return {
      inputs: definition.inputArg.map(({ name, typeAttr, numberAttr, typeListAttr }) => ({
        name,
        type: typeAttr,
        list: numberAttr !== '' || typeListAttr !== '',
        ...(numberAttr && { countAttribute: numberAttr }),
      })),
      attributes: new Map(definition.attr.map(({ name, type }) => [name, type])),
      stateful: definition.isStateful,
      outputs: (attributes) =>
        definition.outputArg.reduce((sum, { numberAttr, typeListAttr }) => {
          if (numberAttr) return sum + Number(attributes[numberAttr]);
          return sum + (typeListAttr ? (attributes[typeListAttr] as readonly unknown[]).length : 1);
        }, 0),
    };
  }
}

/** Splits flat inputs into the op's arguments. A list without a count takes what the other arguments leave. */
export function* groupInputs<T extends Value>(
  definition: OpDefinition,
  inputs: readonly T[],
  attributes: Attributes,
) {
  const lists = definition.inputs.filter(({ list }) => list).length;
  const rest = inputs.length - (definition.inputs.length - lists);
  let next = 0;
  for (const argument of definition.inputs) {
    const given = argument.countAttribute === undefined ? undefined : attributes[argument.countAttribute];
    const length = !argument.list ? 1 : typeof given === 'number' ? given : lists === 1 ? rest : undefined;
    if (length === undefined)
      throw new Error(`Say how many tensors ${argument.name} has: attribute ${argument.countAttribute}`);
    yield { ...argument, values: inputs.slice(next, (next += length)) };
  }
}
