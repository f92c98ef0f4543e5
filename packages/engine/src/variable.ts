import { engine, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from './backend.js';
import type { Pointer } from './c-api.js';
import type { DType } from './dtype.js';
import type { Runtime } from './runtime.js';
import type { Trace } from './trace.js';
import type { Attributes, EagerTensor, GraphTensor } from './value.js';

/** TensorFlow's mark for a resource that lives as long as the handles on it. */
const ANONYMOUS = 'cd2c89b7-88b7-44c8-ad83-06c2a9158347';

/** Memory that functions read and update in place: TensorFlow's resource variable. */
export class ResourceVariable {
  readonly kind = 'variable';
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly handle: EagerTensor;

  constructor(runtime: Runtime, value: EagerTensor, device?: string) {
    this.dtype = value.dtype;
    this.shape = value.shape;
    const { dtype, shape } = this;
    const attributes = { dtype, shape, shared_name: ANONYMOUS };
    [this.handle] = runtime.executeEagerly('VarHandleOp', [], attributes, 1, device) as [EagerTensor];
    runtime.executeEagerly('AssignVariableOp', [this.handle, value], { dtype }, 0, device);
  }

  /** The current value, which the caller deletes. While it lives, an update copies instead of writing in place. */
  read(runtime: Runtime): EagerTensor {
    return runtime.executeEagerly('ReadVariableOp', [this.handle], { dtype: this.dtype })[0]!;
  }

  delete(runtime: Runtime): void {
    runtime.delete(this.handle);
  }
}

/**
 * Gives a tfjs variable memory that functions can update in place, if it has none yet (or was assigned another
 * tensor since), and returns it.
 * @param device where that memory is, if it is made now: `GPU:0`
 */
export function resident(backend: TensorFlowBackend, variable: Variable, device?: string): ResourceVariable {
  const content = backend.content(variable);
  if (content.kind === 'variable') return content;
  const resource = new ResourceVariable(backend.runtime, backend.borrow(variable).value, device);
  rebind(variable, backend.wrap(resource));
  return resource;
}

/** Points a tfjs variable at another tensor's data and disposes the tensor. */
function rebind(variable: Variable, tensor: Tensor): void {
  variable.assign(tensor as never);
  tensor.dispose();
}

/** One variable, as the trace that is open sees it. */
interface Traced {
  readonly resource: GraphTensor;
  /** Its value as last read, until it is written again. */
  value?: GraphTensor;
  /** Operations that read it since it was last written. */
  reads: Pointer[];
  lastWrite?: Pointer;
}

/**
 * The tfjs variables during one trace. Reads and writes are recorded so that they happen in program order: a read
 * runs after the write before it, a write after all reads before it.
 */
export class TracedVariables {
  readonly #backend: TensorFlowBackend;
  readonly #trace: Trace;
  readonly #device: string | undefined;
  readonly #traced = new Map<Variable, Traced>();
  /** The data that each variable gets back when the trace ends; a reference to it is held. */
  readonly #held = new Map<Variable, Variable['dataId']>();

  constructor(backend: TensorFlowBackend, trace: Trace, device?: string) {
    this.#backend = backend;
    this.#trace = trace;
    this.#device = device;
    for (const variable of registered()) this.#hold(variable);
  }

  /** A variable's value at this point of the program. */
  read(variable: Variable): GraphTensor {
    const traced = this.#get(variable);
    if (!traced.value) {
      const { dtype, shape } = resident(this.#backend, variable);
      const operation = this.#trace.operation(
        'ReadVariableOp',
        [traced.resource],
        { dtype },
        compact(traced.lastWrite),
      );
      traced.reads.push(operation);
      traced.value = this.#trace.withShape(this.#trace.outputs(operation)[0]!, shape);
    }
    return traced.value;
  }

  /**
   * Records an op that updates variables in place.
   * @param inputs in the op's order; variables are passed as resources
   */
  update(op: string, inputs: readonly (Variable | GraphTensor)[], attributes: Attributes): void {
    for (const input of inputs) if (!('kind' in input)) this.#flush(input);
    const updated = inputs
      .filter((input): input is Variable => !('kind' in input))
      .map((variable) => this.#get(variable));
    const values = inputs.map((input) => ('kind' in input ? input : this.#get(input).resource));
    const after = new Set(updated.flatMap(({ reads, lastWrite }) => [...reads, ...compact(lastWrite)]));
    const operation = this.#trace.operation(op, values, attributes, after);
    this.#trace.effect(operation);
    for (const traced of updated)
      Object.assign(traced, { value: undefined, reads: [], lastWrite: operation });
  }

  /** Records the assignments that are pending, and gives every variable back what it held before the trace. */
  finish(): void {
    for (const variable of registered()) this.#flush(variable);
    // Whoever calls the function again may write right after it.
    for (const { reads } of this.#traced.values()) for (const read of reads) this.#trace.effect(read);
    this.release();
  }

  /** Gives every variable back what it held before the trace, recording nothing. */
  release(): void {
    for (const [variable, dataId] of this.#held) {
      const tensor = tensorOf(this.#backend, variable, dataId);
      if (!variable.isDisposed && this.#backend.content(variable).kind === 'graph') rebind(variable, tensor);
      else tensor.dispose();
    }
    this.#held.clear();
  }

  /**
   * Gives a variable that the function makes (an optimizer's slots, at their first use) its initial value and memory
   * at once: it is made when the function is traced, not when it is called.
   */
  create(variable: Variable): void {
    const backend = this.#backend;
    const content = backend.content(variable);
    if (content.kind === 'graph') {
      const value = this.#trace.evaluate(content);
      if (!value) {
        variable.dispose();
        throw new Error(
          `Variable ${variable.name} is made inside a compiled function from a value that only a call of it gives. ` +
            'Make it before, or from a value that does not depend on the arguments or on assignments.',
        );
      }
      rebind(variable, backend.wrap(value));
    }
    resident(backend, variable, this.#device);
    this.#hold(variable);
  }

  /** Records the assignment of a variable's pending value, if it has one, and points it back at its memory. */
  #flush(variable: Variable): void {
    const value = this.#backend.content(variable);
    if (value.kind !== 'graph') return;
    const dataId = this.#held.get(variable)!;
    this.#held.delete(variable);
    rebind(variable, tensorOf(this.#backend, variable, dataId));
    this.#hold(variable);
    this.update('AssignVariableOp', [variable, value], { dtype: value.dtype });
  }

  #get(variable: Variable): Traced {
    let traced = this.#traced.get(variable);
    if (!traced) {
      const backend = this.#backend;
      const device = this.#device;
      resident(backend, variable, device);
      this.#hold(variable);
      const resource = this.#trace.input('resource', [], () => {
        if (variable.isDisposed) {
          throw new Error(
            `Variable ${variable.name} was disposed, and a compiled function uses it. Compile it again.`,
          );
        }
        return resident(backend, variable, device).handle;
      });
      this.#traced.set(variable, (traced = { resource, reads: [] }));
    }
    return traced;
  }

  #hold(variable: Variable): void {
    const former = this.#held.get(variable);
    if (former === variable.dataId) return;
    this.#held.set(variable, variable.dataId);
    this.#backend.incRef(variable.dataId);
    if (former) tensorOf(this.#backend, variable, former).dispose();
  }
}

const registered = (): Variable[] => Object.values(engine().state.registeredVariables);
const compact = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);

/** A tfjs tensor on existing data, which takes over one reference to it. */
function tensorOf(
  backend: TensorFlowBackend,
  { shape, dtype }: Variable,
  dataId: Variable['dataId'],
): Tensor {
  return engine().makeTensorFromTensorInfo({ dataId, shape, dtype }, backend);
}
