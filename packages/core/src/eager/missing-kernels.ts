import { engine, getKernel, profile, setBackend, tidy, Variable } from '@tensorflow/tfjs-core';

/**
 * Explains the error of a function for which tfjs's backend lacks kernels: names all of them, where tfjs names the first.
 * They are found by running the function once on the backend `cpu`, if that is there; its assignments are left out.
 * @returns nothing for other errors
 */
export async function missingKernels(error: unknown, run: () => unknown): Promise<Error | undefined> {
  const message = error instanceof Error ? error.message : '';
  const [, first, backend] = /Kernel '(.*)' not registered for backend '(.*)'/.exec(message) ?? [];
  if (first === undefined || backend === undefined || backend === 'cpu') return undefined;
  const onCpu = engine().registryFactory['cpu'] !== undefined;
  const needed = onCpu ? await kernelsOf(run, backend) : [];
  const missing = new Set([first, ...needed.filter((kernel) => !getKernel(kernel, backend))]);
  const others = onCpu
    ? ''
    : ', and maybe others, which are named where @tensorflow/tfjs-backend-cpu is imported';
  return new Error(
    `tfjs's backend ${backend} cannot run this: it lacks ${[...missing].sort().join(', ')}${others}. Use another, such as cpu.`,
    { cause: error },
  );
}

/** The kernels that a function runs on the backend `cpu`. */
async function kernelsOf(run: () => unknown, backend: string): Promise<string[]> {
  await setBackend('cpu');
  try {
    const { kernelNames } = await profile(() => withoutAssigning(() => tidy(() => void run())) as never);
    return kernelNames.filter((name) => getKernel(name, 'cpu')); // gradients of tfjs's own have names too
  } finally {
    await setBackend(backend);
  }
}

/** Runs a function as far as it goes; the values of variables stay. */
function withoutAssigning(run: () => void): void {
  const { assign } = Variable.prototype;
  Variable.prototype.assign = () => undefined;
  try {
    run();
  } catch {
    // The error that is being explained is another one.
  } finally {
    Variable.prototype.assign = assign;
  }
}
