import { dispose, type Tensor, tidy, unstack, Variable } from '@tensorflow/tfjs-core';
import {
  type Compiled,
  type CompileOptions,
  type Flattened,
  flattenNested,
  type Precision,
} from '@paperlab/core';
import type { TensorFlowBackend } from './backend.js';
import { deviceName } from './device.js';
import { sequence } from './sequence.js';
import type { Runtime } from './runtime.js';
import { type Callee, type Draw, type Explainer, type InputSource, Trace } from './trace.js';
import type { GraphTensor, TensorSpec } from './value.js';
import { TracedVariables } from './variable.js';

/** A function of TensorFlow's runtime, made from a TypeScript function for inputs of certain dtypes and shapes. */
export interface TracedFunction extends Callee {
  readonly sources: readonly InputSource[];
  /** What its inputs behind those of `sources` come from; `sequence` makes a function without. */
  readonly draws: readonly Draw[];
  readonly callees: readonly Callee[];
  readonly outputs: readonly GraphTensor[];
  readonly explainers: readonly Explainer[];
  /** Puts the outputs where the function returned them. */
  rebuild(outputs: readonly Tensor[]): unknown;
}

let functions = 0;

/**
 * What `tf.function` is in Python, for tfjs: `fn` is traced once per signature of its arguments and then runs as one
 * optimised graph, off the event loop. The signature is the dtypes and shapes of the tensors in the arguments, and
 * every other value in them; a `tf.Variable` stands for itself.
 *
 * `fn` may read and assign tfjs variables: assignments happen in program order, on the variables' own memory, and
 * eager code sees them. Variables that it makes, as tfjs's optimizers do at their first step, are made when it is
 * traced and then kept. Other tensors that it uses keep the value that they had when it was traced. Plain JavaScript
 * in `fn` (numbers, branches, loops, tfjs's own random draws) runs at tracing only.
 *
 * `run` rejects when `fn` reads a tensor's data, with the line that does, or when an op fails, with its name.
 */
export function compile<Inputs extends readonly unknown[], Output>(
  backend: TensorFlowBackend,
  fn: (...inputs: Inputs) => Output,
  options: CompileOptions = {},
): Compiled<Inputs, Output> {
  const { runtime } = backend;
  const device = options.device && deviceName(runtime.devices(), options.device);
  const traced = new Map<string, TracedFunction>();

  const find = (key: string, make: () => TracedFunction) => {
    let found = traced.get(key);
    if (!found) traced.set(key, (found = make()));
    return found;
  };
  const specsOf = ({ tensors }: Flattened) =>
    tensors.map((tensor) => ({ dtype: backend.dtype(tensor), shape: tensor.shape }));
  const body = (inputs: Flattened) =>
    find(inputs.signature, () => {
      const rebuild = inputs.rebuild as Parameters['rebuild'];
      const parameters = { specs: specsOf(inputs), rebuild };
      return trace(backend, fn as unknown as TracedBody, parameters, {
        device,
        precision: options.precision,
      });
    });
  const call = async (fun: TracedFunction, { tensors }: Flattened) => {
    const borrowed = tensors.map((tensor) => backend.borrow(tensor));
    try {
      const args = borrowed.map(({ value }) => value);
      const outputs = await runtime.call(
        fun.name,
        fun.sources.map((source) => source(args)),
        fun.outputs.length,
        device,
        options.signal,
      );
      return fun.rebuild(outputs.map((output) => backend.wrap(output))) as Output;
    } catch (error) {
      for (const explain of fun.explainers) {
        const explained = await explain(error);
        if (explained) throw explained;
      }
      throw error;
    } finally {
      for (const { value, temporary } of borrowed) if (temporary) runtime.delete(value);
    }
  };
  const argumentsOf = (inputs: Inputs) => {
    if (runtime.trace) {
      throw new Error('A compiled function is called inside another. Call the function that it was made of.');
    }
    return flattenNested(
      inputs,
      (tensor) => describeArgument(backend, tensor),
      'Arguments of a compiled function',
    );
  };

  return {
    async run(...inputs) {
      const flattened = argumentsOf(inputs);
      const traced = body(flattened);
      if (traced.draws.length === 0) return call(traced, flattened);
      const drawing = find(`1 x ${flattened.signature}`, () =>
        sequence(runtime, traced, { times: undefined, specs: specsOf(flattened) }),
      );
      return call(drawing, flattened);
    },
    async repeat(times, ...stacked) {
      const flattened = argumentsOf(stacked);
      const repeated = find(`${times} x [${flattened.signature}]`, () => {
        const first = flattened.tensors.map((tensor) => tidy(() => unstack(tensor)[0]!));
        const inputs = flattened.rebuild(first) as unknown as Inputs;
        const traced = body(argumentsOf(inputs));
        dispose(first);
        return sequence(runtime, traced, { times, specs: specsOf(flattened) });
      });
      return call(repeated, flattened);
    },
    dispose() {
      for (const fun of traced.values()) removeTraced(runtime, fun);
      traced.clear();
    },
  };
}

type TracedBody = (...inputs: unknown[]) => unknown;

const describeArgument = (backend: TensorFlowBackend, tensor: Tensor) =>
  tensor instanceof Variable ? undefined : `${backend.dtype(tensor)}[${tensor.shape.join()}]`;

/** What a function is traced for: its tensors, and the arguments that they are parts of. */
export interface Parameters {
  readonly specs: readonly TensorSpec[];
  rebuild(tensors: readonly Tensor[]): unknown[];
}

/** Runs `fn` once on tensors that stand for its inputs, recording what it does. The caller removes the function. */
export function trace(
  backend: TensorFlowBackend,
  fn: TracedBody,
  { specs, rebuild: argumentsOf }: Parameters,
  { device, precision = 'float32' }: { readonly device?: string; readonly precision?: Precision } = {},
): TracedFunction {
  const { runtime } = backend;
  const recording = new Trace(runtime, precision);
  const name = `${fn.name || 'compiled'}_${functions++}`;
  const variables = new TracedVariables(backend, recording, device);
  runtime.trace = recording;
  backend.traced = variables;
  try {
    let outputs: readonly GraphTensor[] = [];
    let rebuild!: TracedFunction['rebuild'];
    tidy(() => {
      const inputs = specs.map(({ dtype, shape }, i) =>
        backend.wrap(recording.input(dtype, shape, (args) => args[i]!)),
      );
      const results = flattenNested(
        fn(...argumentsOf(inputs)),
        () => '',
        `What ${fn.name || 'a compiled function'} returns`,
      );
      ({ rebuild } = results);
      outputs = results.tensors.map((tensor) => recording.inFloat32(backend.graphValue(tensor)));
      variables.finish();
      recording.define(name, outputs);
      // Those made here; tidy does not dispose what was kept.
      for (const tensor of new Set(results.tensors))
        if (backend.content(tensor).kind === 'graph') tensor.dispose();
    });
    const { sources, draws, held, callees, explainers } = recording;
    return { name, sources, draws, held, callees, explainers, outputs, rebuild };
  } catch (error) {
    for (const callee of recording.callees) removeCallee(runtime, callee);
    for (const tensor of recording.held) runtime.delete(tensor);
    throw error;
  } finally {
    variables.release();
    runtime.trace = undefined;
    backend.traced = undefined;
    recording.dispose();
  }
}

/** Takes a function, and those that only it calls, out of the runtime. */
export function removeTraced(runtime: Runtime, fun: Pick<TracedFunction, 'name' | 'held' | 'callees'>): void {
  removeCallee(runtime, fun);
  for (const callee of fun.callees) removeCallee(runtime, callee);
}

function removeCallee(runtime: Runtime, { name, held }: Callee): void {
  runtime.removeFunction(name);
  for (const tensor of held) runtime.delete(tensor);
}
