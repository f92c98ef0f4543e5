import { setAttributes } from './attributes.js';
import type { Precision } from '@paperlab/core';
import { Autocast } from './autocast.js';
import type { Output, Pointer } from './c-api.js';
import { type DType, dtypeOf } from './dtype.js';
import { createTensor, type HostValues } from './host-tensor.js';
import { groupInputs } from './op-definition.js';
import type { Runtime } from './runtime.js';
import { check } from './status.js';
import type { Attributes, EagerTensor, GraphTensor, TensorSpec, Value } from './value.js';

let evaluations = 0;

/** Where an input of a traced function comes from when it is called: one of its arguments, or something captured. */
export type InputSource = (args: readonly EagerTensor[]) => EagerTensor;

/** Says more about an error in a call of a function than TensorFlow does, such as which file is broken, if it can. */
export type Explainer = (error: unknown) => Promise<Error | undefined>;

/** A function that others call, and the handles that it holds. */
export interface Callee {
  readonly name: string;
  readonly held: readonly EagerTensor[];
}

/**
 * An op whose outputs are inputs of the function that uses them, and after them the seconds that the function waited for
 * them: it may run before the function does.
 */
export interface Draw {
  readonly op: string;
  readonly inputs: readonly EagerTensor[];
  readonly attributes: Attributes;
  readonly specs: readonly TensorSpec[];
}

/**
 * A graph under construction, which becomes one TensorFlow function. A tensor with data that a recorded op uses is
 * captured: it becomes an input of the function.
 */
export class Trace {
  readonly #runtime: Runtime;
  readonly #graph: Pointer;
  readonly #inputs: Output[] = [];
  readonly #drawn: Output[] = [];
  readonly #captured = new Map<EagerTensor, GraphTensor>();
  readonly #effects: Pointer[] = [];
  readonly #autocast: Autocast | undefined;
  #lastStateful: Pointer[] = [];
  /** The last collective on each device. */
  readonly #collectives = new Map<string, Pointer>();
  #callsCollective = false;
  /** What each operation reads and what it waits for. Their number makes the names unique. */
  readonly #operations = new Map<
    Pointer,
    { readonly inputs: readonly GraphTensor[]; readonly ordered: boolean; readonly device?: string }
  >();
  /** Sources of the function's inputs, in order. */
  readonly sources: InputSource[] = [];
  /** What the function's inputs behind those of `sources` come from. */
  readonly draws: Draw[] = [];
  /** Handles that the sources hold; whoever keeps the function deletes them with it. */
  readonly held: EagerTensor[] = [];
  /** Functions that ops of the graph call; whoever keeps the function keeps them. */
  readonly callees: Callee[] = [];
  /** Of the errors of those whose ops were recorded. */
  readonly explainers: Explainer[] = [];

  /** @param precision what ops are recorded in; tensors outside of the function are float32 in any case */
  constructor(runtime: Runtime, precision: Precision = 'float32') {
    this.#runtime = runtime;
    if (precision !== 'float32')
      this.#autocast = new Autocast(precision, (value, dtype) => this.#cast(value, dtype));
    this.#graph = runtime.c.TF_NewGraph();
  }

  /** Adds an input to the function. */
  input(dtype: DType, shape: readonly number[], source: InputSource): GraphTensor {
    const placeholder = this.#placeholder({ dtype, shape });
    this.#inputs.push(placeholder.output);
    this.sources.push(source);
    return placeholder;
  }

  /** Adds inputs to the function for the outputs of an op that is to run before it, and for the seconds waited. */
  draw(draw: Draw): { values: GraphTensor[]; waited: GraphTensor } {
    const values = draw.specs.map((spec) => this.#placeholder(spec));
    const waited = this.#placeholder({ dtype: 'float32', shape: [] });
    this.#drawn.push(...[...values, waited].map(({ output }) => output));
    this.draws.push(draw);
    return { values, waited };
  }

  #placeholder({ dtype, shape }: TensorSpec): GraphTensor {
    return this.record('Placeholder', [], { dtype, shape })[0]!;
  }

  /** The tensor of this graph that stands for `value`. */
  resolve(value: Value): GraphTensor {
    if (value.kind === 'graph') {
      if (value.graph === this.#graph) return value;
      throw new Error(
        'A tensor made inside one compiled function was used in another. Return it from the first, pass it to the second.',
      );
    }
    let captured = this.#captured.get(value);
    if (!captured) {
      const held = this.#runtime.share(value);
      this.held.push(held);
      const input = this.input(value.dtype, value.shape, () => held);
      this.#captured.set(value, (captured = placed(input, value.device)));
    }
    return captured;
  }

  /** A constant, stored in the graph. */
  constant(dtype: DType, shape: readonly number[], values: HostValues): GraphTensor {
    const tensor = createTensor(this.#runtime.c, dtype, shape, values);
    try {
      return this.record('Const', [], { dtype, value: { tensor } })[0]!;
    } finally {
      this.#runtime.c.TF_DeleteTensor(tensor);
    }
  }

  /** Records an op and returns its outputs. Ops with effects run in the order in which they were recorded. */
  record(op: string, inputs: readonly Value[], attributes: Attributes = {}): GraphTensor[] {
    if (!this.#runtime.definitions.get(op).stateful)
      return this.outputs(this.operation(op, inputs, attributes));
    const operation = this.operation(op, inputs, attributes, this.#lastStateful);
    this.#lastStateful = [operation];
    this.effect(operation);
    return this.outputs(operation);
  }

  /**
   * Records an op and returns the operation itself; the caller sees to the order of its effects.
   * @param after operations that must have run before it
   */
  operation(
    op: string,
    inputs: readonly Value[],
    attributes: Attributes = {},
    after: Iterable<Pointer> = [],
  ): Pointer {
    const resolved = inputs.map((input) => this.resolve(input));
    if (!this.#autocast) return this.#operation(op, resolved, attributes, after);
    const definition = this.#runtime.definitions.get(op);
    const cast = this.#autocast.prepare(op, definition, resolved, attributes);
    return this.#operation(op, cast.inputs, cast.attributes, after);
  }

  #operation(
    op: string,
    inputs: readonly GraphTensor[],
    attributes: Attributes,
    after: Iterable<Pointer> = [],
  ): Pointer {
    const { c, definitions, scope } = this.#runtime;
    const definition = definitions.get(op);
    const description = c.TF_NewOperation(this.#graph, op, `${op}_${this.#operations.size}`);
    let inferred: string | undefined;
    for (const argument of groupInputs(definition, inputs, attributes)) {
      const outputs = argument.values.map(({ output }) => output);
      if (argument.list) {
        inferred ??= argument.countAttribute;
        c.TF_AddInputList(description, outputs, outputs.length);
      } else {
        for (const output of outputs) c.TF_AddInput(description, output);
      }
    }
    let ordered = false;
    for (const operation of after) {
      c.TF_AddControlInput(description, operation);
      ordered = true;
    }
    setAttributes(c, false, description, definition, attributes, inferred);
    const device = scope.deviceFor(op, inputs, attributes);
    if (device !== undefined) c.TF_SetDevice(description, `/device:${device}`);
    const operation = check(c, op, (status) => c.TF_FinishOperation(description, status));
    this.#operations.set(operation, placed({ inputs, ordered }, device));
    return operation;
  }

  #cast(value: GraphTensor, dtype: DType): GraphTensor {
    return this.outputs(this.#operation('Cast', [value], { SrcT: value.dtype, DstT: dtype }))[0]!;
  }

  outputs(operation: Pointer): GraphTensor[] {
    const { c } = this.#runtime;
    const { device } = this.#operations.get(operation)!;
    return Array.from({ length: c.TF_OperationNumOutputs(operation) }, (_, index) => {
      const output = { oper: operation, index };
      const dtype = dtypeOf(c.TF_OperationOutputType(output));
      const value = { kind: 'graph', dtype, shape: this.#shape(output), output, graph: this.#graph } as const;
      return placed(value, device);
    });
  }

  /** Says that an operation must run whenever the function does, although nothing may read its outputs. */
  effect(operation: Pointer): void {
    this.#effects.push(operation);
  }

  /** States the shape of a tensor where the graph cannot infer it. */
  withShape(value: GraphTensor, shape: readonly number[]): GraphTensor {
    const { c } = this.#runtime;
    const dims = BigInt64Array.from(shape, BigInt);
    check(c, 'TF_GraphSetTensorShape', (status) =>
      c.TF_GraphSetTensorShape(this.#graph, value.output, dims, dims.length, status),
    );
    return { ...value, shape };
  }

  /** The tensor in float32, where it was recorded in fewer bits. */
  inFloat32(value: GraphTensor): GraphTensor {
    return this.#autocast?.inFloat32(value) ?? value;
  }

  /** Makes a function of the runtime callable from this graph. */
  import(name: string): void {
    const { c, collective, functions } = this.#runtime;
    this.#callsCollective ||= collective.has(name);
    check(c, name, (status) => c.TF_GraphCopyFunction(this.#graph, functions.get(name)!, null, status));
  }

  /**
   * Records an op that waits for other devices. Those on one device run in program order, as NCCL must have it; those
   * on several devices run at once, since they wait for each other.
   */
  collective(op: string, inputs: readonly Value[], attributes: Attributes): GraphTensor {
    const device = this.#runtime.scope.current!;
    const before = this.#collectives.get(device);
    const operation = this.operation(op, inputs, attributes, before === undefined ? [] : [before]);
    this.#collectives.set(device, operation);
    this.effect(operation);
    return this.outputs(operation)[0]!;
  }

  /** Adds the function to the runtime under `name`. Its inputs are those of `sources`, then those of `draws`. */
  define(name: string, outputs: readonly Value[]): void {
    const results = outputs.map((value) => this.resolve(value).output);
    this.#define(name, null, [...this.#inputs, ...this.#drawn], results, this.#effects);
    if (this.#callsCollective || this.#collectives.size > 0) this.#runtime.collective.add(name);
  }

  /**
   * Computes a tensor of the graph now, by itself.
   * @returns nothing if it depends on the function's arguments or on the effects of other operations
   */
  evaluate(given: GraphTensor): EagerTensor | undefined {
    const value = this.inFloat32(given);
    const needed = this.#ancestors(value);
    if ([...needed].some((operation) => this.#operations.get(operation)!.ordered)) return undefined;
    if (this.#drawn.some(({ oper }) => needed.has(oper))) return undefined;
    const inputs = this.#inputs.flatMap((output, i) =>
      needed.delete(output.oper) ? [{ output, tensor: this.sources[i]!([]) as EagerTensor | undefined }] : [],
    );
    const tensors = inputs.flatMap(({ tensor }) => tensor ?? []);
    if (tensors.length < inputs.length) return undefined;
    const name = `evaluate_${evaluations++}`;
    const outputs = inputs.map(({ output }) => output);
    this.#define(name, [...needed], outputs, [value.output], []);
    try {
      return this.#runtime.callNow(name, tensors, 1)[0]!;
    } finally {
      this.#runtime.removeFunction(name);
    }
  }

  /** The operations that a tensor is computed by, its own included. */
  #ancestors(value: GraphTensor): Set<Pointer> {
    const found = new Set([value.output.oper]);
    // A set is iterated in the order of insertion, additions included.
    for (const operation of found) {
      for (const { output } of this.#operations.get(operation)!.inputs) found.add(output.oper);
    }
    return found;
  }

  /** @param operations of the function's body; null: all of the graph */
  #define(
    name: string,
    operations: readonly Pointer[] | null,
    inputs: readonly Output[],
    outputs: readonly Output[],
    effects: readonly Pointer[],
  ): void {
    const { c } = this.#runtime;
    // prettier-ignore
    const fn = check(c, name, (status) => c.TF_GraphToFunctionWithControlOutputs(this.#graph, name, 0, operations?.length ?? -1, operations,
      inputs.length, inputs, outputs.length, outputs, null, effects.length, effects, null, null, name, status));
    this.#runtime.addFunction(name, fn);
  }

  /** Frees the graph; a function that was defined stays. */
  dispose(): void {
    this.#runtime.c.TF_DeleteGraph(this.#graph);
  }

  #shape(output: Output): number[] {
    const { c } = this.#runtime;
    return check(c, 'TF_GraphGetTensorShape', (status) => {
      const rank = c.TF_GraphGetTensorNumDims(this.#graph, output, status);
      if (rank <= 0) return rank < 0 ? [-1] : [];
      const dims = new BigInt64Array(rank);
      c.TF_GraphGetTensorShape(this.#graph, output, dims, rank, status);
      return Array.from(dims, Number);
    });
  }
}

const placed = <T extends object>(value: T, device: string | undefined): T & { readonly device?: string } =>
  device === undefined ? value : { ...value, device };
