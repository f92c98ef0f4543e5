import { fromBinary } from '@bufbuild/protobuf';
import { engine, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from '../backend.js';
import { filledBuffer } from '../buffer.js';
import { trace, type TracedFunction } from '../compile.js';
import { type FunctionDef, FunctionDefSchema } from '../protos/tensorflow/core/framework/function_pb.gen.js';
import { check } from '../status.js';
import type { EagerTensor, TensorSpec } from '../value.js';

/** A tensor's name in a signature, and what it is. */
export interface NamedSpec extends TensorSpec {
  readonly name: string;
}

/** Where a function's input beyond its arguments comes from. */
type Capture =
  | { readonly kind: 'variable'; readonly name: string }
  /** A tensor that the function uses, by its value when it was traced. */
  | { readonly kind: 'constant'; readonly value: EagerTensor };

/** A function as a SavedModel holds it. */
export interface Signature {
  readonly definition: FunctionDef;
  /** The first inputs of the definition, sorted by name, as Python sorts them. */
  readonly inputs: readonly NamedSpec[];
  /** The inputs behind them. */
  readonly captures: readonly Capture[];
  /** Sorted by name. */
  readonly outputs: readonly NamedSpec[];
}

/**
 * Traces a function for a SavedModel and hands it to `use`, with the tensors that it captured alive.
 * @param variables all that the function reads, by name
 * @throws if it reads another one, or draws from an input pipeline
 */
export function withSignature<Result>(
  backend: TensorFlowBackend,
  fn: (inputs: Record<string, Tensor>) => Readonly<Record<string, Tensor>>,
  specs: Readonly<Record<string, TensorSpec>>,
  variables: ReadonlyMap<string, Variable>,
  use: (signature: Signature) => Result,
): Result {
  const { runtime } = backend;
  const inputs = Object.entries(specs)
    .map(([name, spec]) => ({ ...spec, name }))
    .sort(byName);
  let names: string[] = [];
  const body = (given: unknown) => {
    const results = fn(given as Record<string, Tensor>);
    names = Object.keys(results).sort();
    return names.map((name) => results[name]);
  };
  const traced = trace(backend, body, {
    specs: inputs,
    rebuild: (tensors) => [Object.fromEntries(inputs.map(({ name }, i) => [name, tensors[i]!]))],
  });
  try {
    if (traced.draws.length > 0)
      throw new Error(
        'A function for a SavedModel draws from an input pipeline; give it what it needs as an input.',
      );
    return use({
      definition: definitionOf(backend, traced),
      inputs,
      captures: traced.sources
        .slice(inputs.length)
        .map((source) => captureOf(backend, source([]), variables)),
      outputs: traced.outputs.map(({ dtype, shape }, i) => ({ name: names[i]!, dtype, shape })),
    });
  } finally {
    runtime.removeFunction(traced.name);
    for (const tensor of traced.held) runtime.delete(tensor);
  }
}

/** The function as protobuf, free of the devices of this machine. */
function definitionOf({ runtime }: TensorFlowBackend, { name }: TracedFunction): FunctionDef {
  const { c } = runtime;
  const bytes = filledBuffer(c, (buffer) =>
    check(c, name, (status) => c.TF_FunctionToFunctionDef(runtime.functions.get(name)!, buffer, status)),
  );
  const definition = fromBinary(FunctionDefSchema, bytes);
  for (const node of definition.nodeDef) node.device = '';
  return definition;
}

function captureOf(
  backend: TensorFlowBackend,
  tensor: EagerTensor,
  variables: ReadonlyMap<string, Variable>,
): Capture {
  if (tensor.dtype !== 'resource') return { kind: 'constant', value: tensor };
  const isOf = (variable: Variable) => {
    const content = backend.content(variable);
    return content.kind === 'variable' && content.handle.handle === tensor.handle;
  };
  for (const [name, variable] of variables) if (isOf(variable)) return { kind: 'variable', name };
  const used = Object.values(engine().state.registeredVariables).find(isOf);
  throw new Error(
    `A function for a SavedModel uses the variable ${used?.name}, which is not among those given by name.`,
  );
}

const byName = (a: NamedSpec, b: NamedSpec) => (a.name < b.name ? -1 : 1);
