import type { Tensor } from '@tensorflow/tfjs-core';
import { activeBackend } from './active-backend.js';
import { trace } from './compile.js';

/** What is computed of some tensors, and of constants. */
export type Branch = (...inputs: Tensor[]) => Tensor;

/**
 * One of two functions of the same tensors, chosen when the graph runs, as `tf.cond` in Python. Both give a tensor of the same
 * dtype and shape, as far as it is known.
 * @param predicate bool scalar
 * @throws outside of functions that are traced
 */
export function cond(
  predicate: Tensor,
  whenTrue: Branch,
  whenFalse: Branch,
  inputs: readonly Tensor[],
): Tensor {
  const backend = activeBackend('cond');
  const { runtime, traced: variables } = backend;
  const outer = runtime.trace;
  if (!outer) throw new Error('cond: nothing is being traced.');
  const specs = inputs.map((input) => ({ dtype: backend.dtype(input), shape: input.shape }));
  const traced = (branch: Branch) => {
    const parameters = { specs, rebuild: (tensors: readonly Tensor[]) => [...tensors] };
    const fun = trace(backend, (...given) => branch(...(given as Tensor[])), parameters);
    outer.callees.push(fun);
    if (fun.sources.length > inputs.length)
      throw new Error('cond: a branch uses a tensor that it was not given.');
    return fun;
  };
  runtime.trace = undefined;
  let branches;
  try {
    branches = { then_branch: traced(whenTrue), else_branch: traced(whenFalse) };
  } finally {
    runtime.trace = outer;
    backend.traced = variables;
  }
  const { then_branch, else_branch } = branches;
  outer.import(then_branch.name);
  outer.import(else_branch.name);
  const [{ dtype, shape }] = then_branch.outputs as [(typeof then_branch.outputs)[0]];
  const [chosen] = backend.execute('StatelessIf', [predicate, ...inputs], {
    Tin: specs.map((spec) => spec.dtype),
    Tout: [dtype],
    output_shapes: [shape],
    then_branch: then_branch.name,
    else_branch: else_branch.name,
  });
  return chosen!;
}
