import type { Scalar, Tensor, Variable } from '@tensorflow/tfjs-core';
import type { Split } from './dataset.js';
import type { Precision } from './precision.js';
import type { Profiler } from './profile.js';
import type { Part } from './replica.js';

/**
 * Executes what the rest describes. Two exist: TensorFlow's runtime (`@paperlab/engine`), and plain tfjs.
 * Everything handed to it is tfjs: tensors, variables, layers.
 */
export interface Engine {
  /** `tensorflow`, `tfjs` */
  readonly name: string;
  /** The devices that can be used. */
  devices(): Promise<readonly Device[]>;
  /**
   * Makes `fn` fast: traced once per input signature and run as one graph where the engine can. Its arguments and what
   * it returns are tensors, arrays and plain objects of them, and plain values, which are traced anew when they change.
   * @throws if there is no such device, or the engine does not compute in `precision`
   */
  compile<Inputs extends readonly unknown[], Output>(
    fn: (...inputs: Inputs) => Output,
    options?: CompileOptions,
  ): Compiled<Inputs, Output>;
  /** Prepares the batches of a split. */
  input(split: Split, options: InputOptions): Promise<Input>;
  /**
   * Makes a profiler, which follows the functions that are compiled and called for the first time from now on. Absent
   * where an engine cannot be profiled.
   */
  profiler?(): Promise<Profiler>;
  /** Runs `fn` with its ops, and their gradients, on a device. Absent where an engine has one device. */
  withDevice?<Result>(device: Device, fn: () => Result): Result;
  /** Moves variables into the memory of a device. Absent where an engine has one device. */
  place?(variables: readonly Variable[], device: Device): void;
  /** This process, where several compute together (a cluster): what is compiled in one of them, they all must compile. */
  readonly worker?: Worker;
  /** Makes devices compute together, and with those of all workers. Absent where an engine has one device. */
  group?(devices: readonly Device[]): DeviceGroup;
  /** Frees what the engine holds. */
  dispose(): Promise<void>;
}

/** One of several processes that compute together. */
export interface Worker {
  /** The chief, which alone records and writes, has 0. */
  readonly index: number;
  /** What all of them are called, by index: `worker 0 (10.0.0.1:2222)`. */
  readonly names: readonly string[];
}

/** Devices that compute together inside compiled functions; their calls must come in one order on all of them. */
export interface DeviceGroup {
  /** Devices of all workers. */
  readonly size: number;
  /** The sum of tensors of one shape, one of each device of this process, over all workers' devices; once on each. */
  allReduce(tensors: readonly Tensor[]): Tensor[];
  /** One device's part in the same, where others come to it later in the program. */
  allReduceOn(index: number, tensor: Tensor): Tensor;
}

export interface CompileOptions {
  /** Where the function runs, and where the variables live that it uses. Default: the engine's first choice. */
  readonly device?: Device;
  /** What the function computes in; its inputs, outputs and variables are float32 in any case. Default `float32`. */
  readonly precision?: Precision;
  /**
   * Cancels a call that waits (for input, for another process) and refuses later ones: they reject with an `AbortError`
   * whose cause is the signal's reason, and variables may hold a part of what the call was to write. A call that
   * computes ends as usual.
   */
  readonly signal?: AbortSignal;
}

/** A function made fast by an engine. */
export interface Compiled<Inputs extends readonly unknown[], Output> {
  /**
   * Runs it without blocking the event loop. One call at a time. The output has the structure that `fn` returned; the
   * caller disposes its tensors.
   */
  run(...inputs: Inputs): Promise<Output>;
  /**
   * Runs it `times` times, one after the other, in one call: on the slices `[i, …]` of its tensors. Returns the
   * output with its tensors stacked the same way.
   */
  repeat(times: number, ...stacked: Inputs): Promise<Output>;
  /** Frees the traced graphs. */
  dispose(): void;
}

/** The batches of a split, ready to be drawn inside a compiled function. */
export interface Input {
  /** Batches in an epoch; the last may be smaller. */
  readonly batches: number;
  /** What is wrong with the images that are left out (`Split.onBadImage`): a line each, which names the file. Default: none is. */
  readonly skipped?: readonly string[];
  /**
   * Positions the input: the next `next()` gives batch `batch` of epoch `epoch`. The order of an epoch is a
   * function of (seed, epoch) alone.
   */
  seek(epoch: number, batch?: number): Promise<void>;
  /** Examples in batch `batch`, counted from 0; of all workers. */
  sizeOf(batch: number): number;
  /**
   * Draws the next batch, of `size` examples, or a worker's part of it; inside a compiled function this becomes part of its
   * graph. Images float32 `[examples, height, width, channels]`, labels int32 `[examples]`.
   */
  next(size: number): Batch;
  /** The numbers in the split of all examples in a batch, whatever the input's position is. */
  examplesOf(epoch: number, batch: number): Promise<readonly number[]>;
  dispose(): void;
}

export interface Batch {
  readonly images: Tensor;
  readonly labels: Tensor;
  /** Where images are mixed of two (`mixup`, `cutmix`): what is needed of the second ones. */
  readonly mix?: Mix;
  /** Seconds that were waited for it, a float32 scalar. */
  readonly waited?: Scalar;
  /** Which of the batch's examples these are, where they are one worker's. */
  readonly part?: Part;
}

/** A type, not an interface: tfjs disposes batches as containers of anything that has any key. */
type Mix = {
  /** int32 `[examples]` */
  readonly labels: Tensor;
  /** Of each example, how much `Batch.labels` count, 0..1, float32 `[examples]`; the rest is that of these labels. */
  readonly share: Tensor;
};

export interface InputOptions {
  readonly batchSize: number;
  /** Gives the `index`-th of `count` workers its part of every batch. Default: there is one, which takes all. */
  readonly shard?: { readonly index: number; readonly count: number };
  /** At most so many examples: the first ones of the split, not of the epoch's order. Default: all. */
  readonly take?: number;
  /** Shuffles by (seed, epoch); random transforms draw with the same seed. Absent: in order, and they draw with seed 0. */
  readonly shuffle?: { readonly seed: number };
}

/** A device that TensorFlow can compute on. */
export interface Device {
  /** TensorFlow's name without the job: `CPU:0`, `GPU:1`. */
  readonly name: string;
  readonly type: 'CPU' | 'GPU';
  /** Memory that the device may use, in bytes; absent where the engine does not say. */
  readonly memory?: number;
}
