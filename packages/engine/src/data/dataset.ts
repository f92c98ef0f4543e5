import { checkWholeNumber } from '@paperlab/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from '../backend.js';
import { compile } from '../compile.js';
import type { Explainer } from '../trace.js';
import { type BuiltDataset, DatasetBuilder, type MapOptions } from './builder.js';
import { type ElementSpec, reshaped } from './element.js';
import { DatasetIterator, isEndOfSequence } from './iterator.js';
import { MemoryCache } from './memory-cache.js';

export interface BatchOptions {
  /** Leaves out a last batch that is smaller than the others. Then the size of batches is part of their shape. */
  readonly dropRemainder?: boolean;
}

/** Makes TensorFlow's dataset. */
type Build = (builder: DatasetBuilder) => BuiltDataset;

/**
 * An input pipeline: what `tf.data.Dataset` is in Python. Its methods are TensorFlow's dataset ops, and TensorFlow
 * runs it, on its own threads.
 *
 * A dataset is a description: functions are traced, and memory is taken, when it is iterated, and freed with the
 * iterator. Only `cache` keeps something for longer.
 *
 * `for await` gives elements with values; the loop's body disposes them. `iterator()` is for compiled functions.
 */
export class TensorFlowDataset<Element> implements AsyncIterable<Element> {
  readonly #backend: TensorFlowBackend;
  readonly #build: Build;
  /** Of this dataset and of what it is made of. */
  readonly caches: readonly MemoryCache[];

  /** Called by the engine; `engine.data` has the functions that make datasets. */
  constructor(backend: TensorFlowBackend, build: Build, caches: readonly MemoryCache[] = []) {
    this.#backend = backend;
    this.#build = build;
    this.caches = caches;
  }

  /** Dtypes and shapes of the elements, in their structure. Traces the functions. */
  get elementSpec(): ElementSpec<Element> {
    return this.#inspect(({ specs, rebuild }) => rebuild(specs as never) as ElementSpec<Element>);
  }

  /** Number of elements: `Infinity`, and undefined where only iterating tells. Traces the functions. */
  get cardinality(): number | undefined {
    return this.#inspect(({ variant }) => {
      const { runtime } = this.#backend;
      const [counted] = runtime.executeEagerly('DatasetCardinality', [variant], {}, 1, 'CPU:0');
      const cardinality = Number(runtime.numbers(counted!)[0]);
      runtime.delete(counted!);
      return cardinality >= 0 ? cardinality : cardinality === -1 ? Infinity : undefined;
    });
  }

  /**
   * Applies a function of tfjs ops to every element. It is traced as `compile` traces: it takes and returns tensors,
   * or arrays and plain objects of them; it may use other tensors, and reads `tf.Variable`s anew at every call.
   */
  map<Result>(fn: (element: Element) => Result, options?: MapOptions): TensorFlowDataset<Result> {
    return this.#then((builder, input) => builder.map(input, fn, options));
  }

  /** Keeps the elements for which the function gives a true bool scalar. */
  filter(predicate: (element: Element) => Tensor): TensorFlowDataset<Element> {
    return this.#then((builder, input) => builder.filter(input, predicate));
  }

  /** Stacks `size` elements at a time, along a new first axis. Their shapes must be equal. */
  batch(size: number, { dropRemainder = false }: BatchOptions = {}): TensorFlowDataset<Element> {
    checkWholeNumber('batch', 'size', size, 1);
    return this.#then((builder, input) => {
      const structure = reshaped(input, (shape) => [dropRemainder ? size : -1, ...shape]);
      const inputs = [input.variant, builder.int64(size), builder.bool(dropRemainder)];
      return builder.dataset('BatchDatasetV2', inputs, structure);
    });
  }

  /** Takes elements apart along their first axis: what `batch` put together. */
  unbatch(): TensorFlowDataset<Element> {
    return this.#then((builder, input) =>
      builder.dataset(
        'UnbatchDataset',
        [input.variant],
        reshaped(input, (shape) => shape.slice(1)),
      ),
    );
  }

  /** Leaves out the elements that cannot be made, as `tf.data.Dataset.ignore_errors` does. */
  ignoreErrors(): TensorFlowDataset<Element> {
    return this.#then((builder, input) =>
      builder.dataset('IgnoreErrorsDataset', [input.variant], input, { log_warning: false }),
    );
  }

  /** At most the first `count` elements. */
  take(count: number): TensorFlowDataset<Element> {
    return this.#counted('TakeDataset', 'take', count);
  }

  /** All but the first `count` elements, which are made nevertheless. */
  skip(count: number): TensorFlowDataset<Element> {
    return this.#counted('SkipDataset', 'skip', count);
  }

  /** Every `count`-th element, from the `index`-th on: one worker's share. */
  shard(count: number, index: number): TensorFlowDataset<Element> {
    checkWholeNumber('shard', 'count', count, 1);
    checkWholeNumber('shard', 'index', index, 0, count - 1);
    return this.#then((builder, input) =>
      builder.dataset('ShardDataset', [input.variant, builder.int64(count), builder.int64(index)], input),
    );
  }

  /** The elements over and over: `count` times, or for ever. */
  repeat(count?: number): TensorFlowDataset<Element> {
    return count === undefined
      ? this.#then((builder, input) =>
          builder.dataset('RepeatDataset', [input.variant, builder.int64(-1)], input),
        )
      : this.#counted('RepeatDataset', 'repeat', count);
  }

  /** Prepares up to `count` elements while others are in use. */
  prefetch(count: number): TensorFlowDataset<Element> {
    checkWholeNumber('prefetch', 'count', count, 1);
    return this.#counted('PrefetchDataset', 'prefetch', count);
  }

  /**
   * Keeps the elements of the first complete iteration, and gives those from then on: in memory until `dispose`, or in
   * files whose names begin with `path`, for later processes too.
   */
  cache(path?: string): TensorFlowDataset<Element> {
    if (path !== undefined) {
      return this.#then((builder, input) =>
        builder.dataset('CacheDataset', [input.variant, builder.string(path)], input),
      );
    }
    const memory = new MemoryCache(this.#backend.runtime);
    const build: Build = (builder) => {
      const input = this.build(builder);
      return builder.dataset('CacheDatasetV2', [input.variant, builder.string(''), memory.handle], input);
    };
    return new TensorFlowDataset(this.#backend, build, [...this.caches, memory]);
  }

  /** An iterator at the beginning; the caller disposes it. */
  iterator(): DatasetIterator<Element> {
    return this.#inspect((built, builder) => {
      const iterator = new DatasetIterator<Element>(this.#backend, built);
      iterator.startWith(built, builder);
      return iterator;
    });
  }

  /** An iterator that `start` starts; `explain` says more about errors of functions that draw from it. */
  unstartedIterator(explain?: Explainer): DatasetIterator<Element> {
    return this.#inspect((structure) => new DatasetIterator<Element>(this.#backend, structure, explain));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Element, void, undefined> {
    const iterator = this.iterator();
    const next = compile(this.#backend, () => iterator.next());
    try {
      for (;;) yield await next.run();
    } catch (error) {
      if (!isEndOfSequence(error)) throw error;
    } finally {
      next.dispose();
      iterator.dispose();
    }
  }

  /** Frees what `cache` keeps in memory, here and in what this dataset is made of. */
  dispose(): void {
    for (const cache of this.caches) cache.dispose();
  }

  /** Makes TensorFlow's dataset, for the engine. */
  build(builder: DatasetBuilder): BuiltDataset {
    return this.#build(builder);
  }

  #then<Result>(
    next: (builder: DatasetBuilder, input: BuiltDataset) => BuiltDataset,
  ): TensorFlowDataset<Result> {
    const build: Build = (builder) => next(builder, this.build(builder));
    return new TensorFlowDataset(this.#backend, build, this.caches);
  }

  #counted(op: string, method: string, count: number): TensorFlowDataset<Element> {
    checkWholeNumber(method, 'count', count, 0);
    return this.#then((builder, input) => builder.dataset(op, [input.variant, builder.int64(count)], input));
  }

  #inspect<Result>(read: (built: BuiltDataset, builder: DatasetBuilder) => Result): Result {
    const builder = new DatasetBuilder(this.#backend);
    try {
      return read(this.build(builder), builder);
    } finally {
      builder.dispose();
    }
  }
}
