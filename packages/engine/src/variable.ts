import { engine, type Tensor, type TensorInfo, Variable } from '@tensorflow/tfjs-core';
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
  /** The device that it was placed on: `GPU:1`. */
  readonly device: string | undefined;

  constructor(runtime: Runtime, value: EagerTensor, device?: string) {
    this.dtype = value.dtype;
    this.shape = value.shape;
    const { dtype, shape } = this;
    const attributes = { dtype, shape, shared_name: ANONYMOUS };
    [this.handle] = runtime.executeEagerly('VarHandleOp', [], attributes, 1, device) as [EagerTensor];
    this.device = this.handle.device;
    runtime.executeEagerly('AssignVariableOp', [this.handle, value], { dtype }, 0, this.device);
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

/** Moves a tfjs variable's memory to a device, or makes it there. */
export function place(backend: TensorFlowBackend, variable: Variable, device: string): void {
  const content = backend.content(variable);
  if (content.kind === 'variable' && content.device === device) return;
  const { value, temporary } = backend.borrow(variable);
  const resource = new ResourceVariable(backend.runtime, value, device);
  if (temporary) backend.runtime.delete(value);
  rebind(variable, backend.wrap(resource));
}

/**
 * Makes an assignment from one variable to another copy the value. In tfjs both would share their data from then on,
 * which an update in place would change for both.
 */
export function copyAssignedVariables(backend: TensorFlowBackend): void {
  const { assign } = Variable.prototype;
  Variable.prototype.assign = function (value) {
    if (!((value as Tensor) instanceof Variable) || !backend.owns(value)) return assign.call(this, value);
    const copy = value.clone();
    assign.call(this, copy);
    copy.dispose();
  };
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
    for (const variable of registered()) {
      // It was made before this backend was there.
      if (!backend.owns(variable)) engine().moveData(backend, variable.dataId);
      this.#hold(variable);
    }
  }

  /** A variable's value at this point of the program. */
  read(variable: Variable): GraphTensor {
    const assigned = this.#assigned(variable);
    if (assigned) return assigned;
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
   * @param beside the device for the memory of the first variable, if it has none yet. Default: the scope's, or the function's
   */
  update(
    op: string,
    inputs: readonly (Variable | GraphTensor)[],
    attributes: Attributes,
    beside?: string,
  ): void {
    for (const input of inputs) if (!('kind' in input)) this.#flush(input);
    const variables = inputs.filter((input): input is Variable => !('kind' in input));
    // An optimizer's slots, if they have no memory yet, get it where the weight is.
    const device = variables[0] && this.#get(variables[0], beside).resource.device;
    const updated = variables.map((variable) => this.#get(variable, device));
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
      if (variable.isDisposed || variable.dataId === dataId) tensor.dispose();
      else rebind(variable, tensor);
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
    const device = content.kind === 'host' ? undefined : content.device;
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
    resident(backend, variable, backend.runtime.scope.current ?? device ?? this.#device);
    this.#hold(variable);
  }

  /** The value that a variable was assigned since its last write, which is not recorded yet. */
  #assigned(variable: Variable): GraphTensor | undefined {
    const held = this.#held.get(variable);
    if (held === undefined || held === variable.dataId) return undefined;
    const { dataId, shape, dtype } = variable;
    return this.#backend.graphValue({ dataId, shape, dtype } satisfies TensorInfo);
  }

  /** Records the assignment that is pending for a variable, if there is one, and points it back at its memory. */
  #flush(variable: Variable): void {
    const value = this.#assigned(variable);
    if (!value) return;
    const dataId = this.#held.get(variable)!;
    this.#held.delete(variable);
    rebind(variable, tensorOf(this.#backend, variable, dataId));
    this.#hold(variable);
    this.update('AssignVariableOp', [variable, value], { dtype: value.dtype });
  }

  /** @param first the device for its memory if it has none yet. Default: the scope's, or the function's */
  #get(variable: Variable, first?: string): Traced {
    let traced = this.#traced.get(variable);
    if (!traced) {
      const backend = this.#backend;
      const wanted = first ?? backend.runtime.scope.current ?? this.#device;
      const { device } = resident(backend, variable, wanted);
      this.#hold(variable);
      const argument = this.#trace.input('resource', [], () => {
        if (variable.isDisposed) {
          throw new Error(
            `Variable ${variable.name} was disposed, and a compiled function uses it. Compile it again.`,
          );
        }
        return resident(backend, variable, device).handle;
      });
      const resource = device === undefined ? argument : { ...argument, device };
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
