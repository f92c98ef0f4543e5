import {
  clone,
  dispose,
  engine as tfjs,
  getBackend,
  keep,
  ready,
  setBackend,
  stack,
  type Tensor,
  tidy,
  unstack,
  Variable,
} from '@tensorflow/tfjs-core';
import { abortError } from '../abort-error.js';
import type { Split } from '../dataset.js';
import type { Compiled, CompileOptions, Device, Engine, Input, InputOptions } from '../engine.js';
import { fuseLayers } from '../layers/fused.js';
import { type Flattened, flattenNested } from '../nested.js';
import { EagerInput } from './input.js';
import { missingKernels } from './missing-kernels.js';

export interface EagerOptions {
  /** tfjs's backend: `cpu`, `wasm`, `webgl`, `webgpu`; its package is imported before. Default: tfjs's first choice. */
  readonly backend?: string;
}

/**
 * Plain tfjs as an engine: in a browser, on Windows, and as what TensorFlow's engine is compared with. Functions run
 * as they are, op by op; the order of the examples and all random draws are those of TensorFlow's engine.
 *
 * | feature                                   | here                                                                 |
 * | ----------------------------------------- | -------------------------------------------------------------------- |
 * | training, evaluation, prediction          | yes; on `wasm` what its kernels reach, and errors name those missing |
 * | accumulation, clipping, rules, averages   | yes                                                                  |
 * | images in memory, all transforms          | yes                                                                  |
 * | images in files                           | no: TensorFlow's engine                                              |
 * | precision                                 | float32; on `webgl` float16 where the graphics card has no more      |
 * | several steps in a call                   | yes, one after the other: no faster                                  |
 * | `signal`                                  | before a call, and between the steps of `repeat`                     |
 * | the event loop is free                    | between steps                                                        |
 * | several devices, machines; memory figures | no: TensorFlow's engine                                              |
 * | profiles                                  | no: TensorFlow's engine                                              |
 */
export function eager({ backend }: EagerOptions = {}): Engine {
  return new EagerEngine(backend);
}

class EagerEngine implements Engine {
  readonly name = 'tfjs';
  readonly #backend: string | undefined;
  #started: Promise<void> | undefined;
  #disposed = false;

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
    { device, signal, precision = 'float32' }: CompileOptions = {},
  ): Compiled<Inputs, Output> {
    this.#check();
    if (precision !== 'float32')
      throw new Error(`tfjs computes in float32 alone: ${precision} needs TensorFlow's engine`);
    let disposed = false;
    const begin = async () => {
      await turn();
      this.#check();
      if (disposed) throw new Error('This compiled function was disposed. Compile it again.');
      if (device) checkDevice(await this.devices(), device);
      await this.#start();
      if (signal?.aborted) throw abortError(fn.name || 'compiled', signal.reason);
    };
    const call = async (inputs: Inputs) => {
      await begin();
      try {
        return runOnce(fn, inputs);
      } catch (error) {
        throw (await missingKernels(error, () => fn(...inputs))) ?? error;
      }
    };
    return {
      run: async (...inputs) => {
        flattenNested(inputs, () => '', ARGUMENTS);
        return call(inputs);
      },
      repeat: async (times, ...stacked) => {
        const whole = flattenNested(
          stacked,
          (tensor) => (tensor instanceof Variable ? undefined : ''),
          ARGUMENTS,
        );
        if (!(times >= 1)) throw new Error(`repeat: times is ${times}; it must be a whole number from 1 on.`);
        await begin();
        const outputs: Flattened[] = [];
        const slices: Tensor[][] = [];
        try {
          for (const tensor of whole.tensors) slices.push(slicesOf(tensor, times));
          for (let i = 0; i < times; i++) {
            const inputs = whole.rebuild(slices.map((parts) => parts[i]!)) as unknown as Inputs;
            outputs.push(flattenNested(await call(inputs), () => '', RESULTS));
          }
          const [first] = outputs as [Flattened];
          const results = first.tensors.map((_, i) => stack(outputs.map(({ tensors }) => tensors[i]!)));
          return first.rebuild(results) as Output;
        } finally {
          dispose([...slices.flat(), ...outputs.flatMap(({ tensors }) => tensors)]);
        }
      },
      dispose: () => void (disposed = true),
    };
  }

  async input(split: Split, options: InputOptions): Promise<Input> {
    this.#check();
    await this.#start();
    return new EagerInput(split, options);
  }

  /** From now on all calls are refused. */
  async dispose(): Promise<void> {
    this.#disposed = true;
  }

  #check(): void {
    if (this.#disposed) throw new Error('This engine was disposed. Call eager() for another one.');
  }

  async #start(): Promise<void> {
    this.#started ??= start(this.#backend).catch((error: unknown) => {
      this.#started = undefined;
      throw error;
    });
    await this.#started;
    // Another engine may have come since.
    if (this.#backend !== undefined && this.#backend !== getBackend()) await setBackend(this.#backend);
  }
}

const ARGUMENTS = 'Arguments of a compiled function';
const RESULTS = 'What a compiled function returns';

async function start(backend: string | undefined): Promise<void> {
  const known = Object.keys(tfjs().registryFactory);
  if (known.length === 0)
    throw new Error('tfjs has no backend here: import one first, such as @tensorflow/tfjs-backend-cpu');
  if (backend !== undefined) {
    if (!known.includes(backend))
      throw new Error(
        `tfjs has no backend ${backend} here: import @tensorflow/tfjs-backend-${backend} first`,
      );
    if (!(await setBackend(backend)))
      throw new Error(`tfjs's backend ${backend} could not start here; tfjs's own warning says why`);
  }
  await ready();
  fuseLayers();
}

/** Lets the event loop run. By a message, for browsers hold timers back, in hidden tabs by a second. */
async function turn(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  await new Promise((resolve) => {
    port1.addEventListener('message', resolve);
    port1.start();
    port2.postMessage(undefined);
  });
  port1.close();
}

/** Runs `fn` and frees what it made. What it returns, variables and arguments too, becomes tensors of the caller's own. */
function runOnce<Inputs extends readonly unknown[], Output>(
  fn: (...inputs: Inputs) => Output,
  inputs: Inputs,
): Output {
  let output!: Output;
  tidy(() => {
    const { tensors, rebuild } = flattenNested(fn(...inputs), () => '', RESULTS);
    output = rebuild(tensors.map((tensor) => keep(clone(tensor)))) as Output;
  });
  return output;
}

function slicesOf(tensor: Tensor, times: number): Tensor[] {
  if (tensor.shape[0] === times) return unstack(tensor);
  throw new Error(`repeat: ${times} times needs tensors [${times}, …]; one is [${tensor.shape.join(', ')}]`);
}

function checkDevice(devices: readonly Device[], { name }: Device): void {
  const known = devices.map((device) => device.name);
  if (!known.includes(name)) throw new Error(`There is no device ${name}. tfjs has ${known.join(', ')}.`);
}
