/**
 * What esbuild bundles to run the tests on compiled functions: before they are described, every kernel of the backend is
 * wrapped so that a call of it is traced and executed as a function, as inside `compile`.
 */
import { engine, env, getKernelsForBackend, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';
import { tensorflow } from '@paperlab/engine';
import { flattenNested } from '@paperlab/core';
import { trace } from '../src/compile.ts';

await tensorflow();
const sharing = ['Identity', 'Reshape']; // data with their inputs, which a function cannot
for (const { kernelName, kernelFunc, ...kernel } of getKernelsForBackend('tensorflow')) {
  if (sharing.includes(kernelName)) continue;
  unregisterKernel(kernelName, 'tensorflow');
  registerKernel({
    ...kernel,
    kernelName,
    kernelFunc: (call) => {
      // Debug mode reads what every kernel makes.
      const eager = call.backend.runtime.trace || env().getBool('DEBUG');
      return eager ? kernelFunc(call) : compiled(kernelFunc, call);
    },
  });
}
await import('./suite.mjs');

/** A kernel's call as a function of its inputs, called once. */
function compiled(kernelFunc, { inputs, attrs, backend }) {
  const { runtime } = backend;
  const given = flattenNested({ ...inputs }, (tensor) => tensor.dtype, 'Inputs of a kernel');
  const body = (tensors) => {
    const made = kernelFunc({
      inputs: Array.isArray(inputs) ? Object.values(tensors) : tensors,
      attrs,
      backend,
    });
    return Array.isArray(made) ? made.map(asTensor) : asTensor(made);
  };
  const asTensor = (made) =>
    made.id === undefined ? engine().makeTensorFromTensorInfo(made, backend) : made;
  const specs = given.tensors.map((tensor) => ({ dtype: backend.dtype(tensor), shape: tensor.shape }));
  const fun = trace(backend, body, { specs, rebuild: (tensors) => [given.rebuild(tensors)] });
  const borrowed = given.tensors.map((tensor) => backend.borrow(tensor));
  try {
    const args = borrowed.map(({ value }) => value);
    const sources = fun.sources.map((source) => source(args));
    const outputs = runtime.callNow(fun.name, sources, fun.outputs.length);
    return fun.rebuild(outputs.map((output) => backend.wrap(output)));
  } finally {
    for (const { value, temporary } of borrowed) if (temporary) runtime.delete(value);
    for (const tensor of fun.held) runtime.delete(tensor);
    runtime.removeFunction(fun.name);
  }
}
