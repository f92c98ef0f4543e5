import {
  dispose,
  engine as tfjs,
  getBackend,
  getKernel,
  keep,
  profile,
  ready,
  setBackend,
  stack,
  Tensor,
  tidy,
  unstack,
  Variable,
} from '@tensorflow/tfjs-core';
import type { Split } from '../dataset.js';
import type { Compiled, Device, Engine, Input, InputOptions } from '../engine.js';
import { fuseLayers } from '../layers/fused.js';
import { type Flattened, flattenNested } from '../nested.js';
import { EagerInput } from './input.js';

export interface EagerOptions {
  /** tfjs's backend: `cpu`, `wasm`, `webgl`, `webgpu`; its package is imported before. Default: tfjs's first choice. */
  readonly backend?: string;
}

/**
 * Plain tfjs as an engine: in a browser, on Windows, and as what TensorFlow's engine is compared with. Functions run
 * as they are, op by op; the order of the examples and all random draws are those of TensorFlow's engine.
 *
 * | feature                                     | here                                                        |
 * | ------------------------------------------- | ----------------------------------------------------------- |
 * | training, evaluation, prediction            | yes; on `wasm` what its kernels reach, the missing ones named |
 * | accumulation, clipping, rules, averages     | yes                                                         |
 * | images in memory                            | yes                                                         |
 * | images in files, antialiased resize         | no: TensorFlow's engine                                     |
 * | several devices, several machines           | no: TensorFlow's engine                                     |
 * | the event loop stays free during a step     | between steps only                                          |
 */
export function eager({ backend }: EagerOptions = {}): Engine {
  return new EagerEngine(backend);
}

class EagerEngine implements Engine {
  readonly name = 'tfjs';
  readonly #backend: string | undefined;
  #started: Promise<void> | undefined;

  constructor(backend: string | undefined) {
    this.#backend = backend;
  }

  async devices(): Promise<readonly Device[]> {
    await this.#start();
    const type = ['webgl', 'webgpu'].includes(getBackend()) ? 'GPU' : 'CPU';
    return [{ name: `${type}:0`, type }];
  }

  compile<Inputs extends readonly unknown[], Output>(
    fn: (...inputs: Inputs) => Output,
  ): Compiled<Inputs, Output> {
    const call = async (inputs: Inputs) => {
      await this.#start();
      await turn();
      return runKept(fn, inputs);
    };
    return {
      run: async (...inputs) => call(inputs),
      repeat: async (times, ...stacked) => {
        const flattened = flattenNested(stacked, whole, 'Arguments of a compiled function');
        const slices = flattened.tensors.map((tensor) => unstack(tensor));
        const outputs: Flattened[] = [];
        for (let i = 0; i < times; i++) {
          const inputs = flattened.rebuild(slices.map((parts) => parts[i]!)) as unknown as Inputs;
          outputs.push(flattenNested(await call(inputs), whole, 'What a compiled function returns'));
        }
        const results = outputs[0]!.tensors.map((_, i) => stack(outputs.map(({ tensors }) => tensors[i]!)));
        dispose([...slices.flat(), ...outputs.flatMap(({ tensors }) => tensors)]);
        return outputs[0]!.rebuild(results) as Output;
      },
      dispose() {},
    };
  }

  async input(split: Split, options: InputOptions): Promise<Input> {
    await this.#start();
    return new EagerInput(split, options);
  }

  async dispose(): Promise<void> {}

  #start(): Promise<void> {
    this.#started ??= start(this.#backend).catch((error: unknown) => {
      this.#started = undefined;
      throw error;
    });
    return this.#started;
  }
}

async function start(backend: string | undefined): Promise<void> {
  if (backend !== undefined && backend !== getBackend()) {
    const known = tfjs().registryFactory[backend] !== undefined;
    if (!known || !(await setBackend(backend)))
      throw new Error(
        `tfjs has no backend ${backend} here: import @tensorflow/tfjs-backend-${backend} first`,
      );
  }
  await ready();
  fuseLayers();
}

/** Lets the event loop run between steps. */
const turn = () => new Promise<void>((resolve) => setTimeout(resolve));

const whole = (tensor: Tensor) => (tensor instanceof Variable ? undefined : '');

/** Runs `fn`, frees what it made, and keeps what it returns. */
async function runKept<Inputs extends readonly unknown[], Output>(
  fn: (...inputs: Inputs) => Output,
  inputs: Inputs,
): Promise<Output> {
  let output!: Output;
  try {
    tidy(() => {
      output = fn(...inputs);
      const { tensors } = flattenNested(output, () => '', 'What a compiled function returns');
      for (const tensor of tensors) if (!(tensor instanceof Variable)) keep(tensor);
    });
  } catch (error) {
    throw (await missingKernels(error, () => fn(...inputs))) ?? error;
  }
  return output;
}

/** All the kernels that a backend lacks for a function, where tfjs names the first of them. */
async function missingKernels(error: unknown, run: () => unknown): Promise<Error | undefined> {
  const [, backend] = /^Kernel '.*' not registered for backend '(.*)'/.exec((error as Error).message) ?? [];
  if (backend === undefined) return undefined;
  const needed = backend === 'cpu' ? [] : await kernelsOf(run, backend);
  const missing = needed.filter((kernel) => !getKernel(kernel, backend)).sort();
  const list = missing.length > 0 ? `it lacks ${missing.join(', ')}` : (error as Error).message;
  return new Error(`tfjs's backend ${backend} cannot run this: ${list}. Use another backend, such as cpu.`, {
    cause: error,
  });
}

/** The kernels that a function runs, found out on the backend cpu if it is there. */
async function kernelsOf(run: () => unknown, backend: string): Promise<string[]> {
  if (tfjs().registryFactory['cpu'] === undefined) return [];
  await setBackend('cpu');
  try {
    const { kernelNames } = await profile(() => void run() as never);
    return [...new Set(kernelNames)];
  } finally {
    await setBackend(backend);
  }
}
