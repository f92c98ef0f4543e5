import { type Batch, type Epoch, epochOf, type Input, type InputOptions, type Split } from '@paperlab/core';
import {
  add,
  concat,
  dispose,
  minimum,
  mul,
  range,
  reshape,
  scalar,
  sub,
  type Tensor,
  tensor1d,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from './backend.js';
import type { TensorFlowDataset } from './data/dataset.js';
import { DatasetIterator, isEndOfSequence } from './data/iterator.js';
import { randomIndexShuffle } from './data/random-index-shuffle.js';
import { DatasetSources } from './data/sources.js';
import { Examples } from './input-examples.js';
import { TensorFlowError } from './status.js';

/** Batches prepared ahead of the one in use: small ones from memory, and others. */
const PREFETCH = { batches: 4, examples: 2 } as const;
/** Batches from memory that are prepared at once. */
const PARALLEL_BATCHES = 2;
/** Broken files in a row after which there is no point in looking for the next good one. */
const MANY = 100;

/** What the pipeline gives: a batch, and where in the epoch its examples stand. */
interface PlacedBatch extends Batch {
  readonly positions: Tensor;
}

/**
 * A split's batches, prepared by a pipeline of TensorFlow's: a range of positions in the epoch's order, mapped to the
 * examples that stand there. The order is a permutation computed from (seed, epoch), so a position is one integer.
 *
 * Random transforms draw by (seed, epoch, example), with the seed of the shuffle, or 0 without one.
 *
 * Images in memory are drawn and transformed by whole batches; those in files, or with a transform `map`, one by one,
 * on all cores. Decoded files are not kept: where they fit in memory, a dataset that decodes them once is better off
 * as arrays, and `engine.data` has `cache`.
 */
export class DatasetInput implements Input {
  readonly batches: number;
  readonly #backend: TensorFlowBackend;
  readonly #options: InputOptions;
  readonly #epoch: Epoch;
  readonly #data: DatasetSources;
  readonly #examples: Examples;
  readonly #iterator: DatasetIterator<PlacedBatch>;
  /** Where the iterator was started. */
  #start = { epoch: 0, position: 0 };

  /** @throws when the split or the options are wrong, or a transform does not fit the images */
  static async open(backend: TensorFlowBackend, split: Split, options: InputOptions): Promise<DatasetInput> {
    const epoch = epochOf(split, options);
    const examples = new Examples(backend, split);
    try {
      const data = new DatasetSources(backend);
      await examples.settleShape(data);
      return new DatasetInput(backend, data, examples, epoch, options);
    } catch (error) {
      examples.dispose();
      throw error;
    }
  }

  private constructor(
    backend: TensorFlowBackend,
    data: DatasetSources,
    examples: Examples,
    epoch: Epoch,
    options: InputOptions,
  ) {
    this.#options = options;
    this.#epoch = epoch;
    this.batches = Math.ceil(epoch.size / options.batchSize);
    this.#backend = backend;
    this.#data = data;
    this.#examples = examples;
    this.#iterator = this.#pipeline(0, 0).unstartedIterator((error) => this.#explain(error));
  }

  sizeOf(batch: number): number {
    const { batchSize } = this.#options;
    return Math.min(batchSize, this.#epoch.size - batch * batchSize);
  }

  async seek(epoch: number, batch = 0): Promise<void> {
    this.#start = { epoch, position: batch * this.#options.batchSize };
    this.#examples.startEpoch(this.#options.shuffle?.seed ?? 0, epoch);
    this.#iterator.start(this.#pipeline(epoch, batch));
  }

  next(size: number): Batch {
    const { element, waited } = this.#iterator.draw(size);
    const { images, labels, positions } = element;
    dispose(positions);
    return { images, labels, waited };
  }

  async examplesOf(epoch: number, batch: number): Promise<number[]> {
    const first = batch * this.#options.batchSize;
    return tidy(() => [
      ...this.#idsAt(epoch, range(first, first + this.sizeOf(batch), 1, 'int32')).dataSync(),
    ]);
  }

  dispose(): void {
    this.#iterator.dispose();
    this.#examples.dispose();
  }

  /** The batches of an epoch from batch `first` on. */
  #pipeline(epoch: number, first: number): TensorFlowDataset<PlacedBatch> {
    const { batchSize } = this.#options;
    if (!this.#examples.drawsBatches) {
      return this.#placed(epoch, first * batchSize, this.#epoch.size)
        .batch(batchSize)
        .prefetch(PREFETCH.examples);
    }
    return this.#data
      .range(first, this.batches)
      .map((batch) => this.#batch(epoch, batch), { parallel: PARALLEL_BATCHES })
      .prefetch(PREFETCH.batches);
  }

  /**
   * A batch, drawn as a whole. The last one is drawn in full size too, from its last example again and again, and then
   * cut: shapes that are known let TensorFlow plan ahead.
   */
  #batch(epoch: number, batch: Tensor): PlacedBatch {
    const { batchSize } = this.#options;
    return tidy(() => {
      const begin = mul(batch, int32(batchSize));
      const positions = add(begin, range(0, batchSize, 1, 'int32'));
      const drawn = this.#draw(epoch, minimum(positions, int32(this.#epoch.size - 1)));
      const count = reshape(minimum(int32(batchSize), sub(int32(this.#epoch.size), begin)), [1]);
      const cut = (full: Tensor) => {
        const rest = full.shape.slice(1);
        const extent = concat([count, tensor1d(rest, 'int32')]);
        return this.#backend.execute('Slice', [full, zeros([full.rank], 'int32'), extent])[0]!;
      };
      return { images: cut(drawn.images), labels: cut(drawn.labels), positions: cut(drawn.positions) };
    });
  }

  /** The examples at positions `first` up to but not including `end` of an epoch, one by one. */
  #placed(epoch: number, first: number, end: number): TensorFlowDataset<PlacedBatch> {
    return this.#data.range(first, end).map((position) => this.#draw(epoch, position));
  }

  /** @param positions int32: a scalar, or `[n]` */
  #draw(epoch: number, positions: Tensor): PlacedBatch {
    const ids = this.#idsAt(epoch, positions);
    return { images: this.#examples.images(ids), labels: this.#examples.labels(ids), positions };
  }

  /** The numbers in the split of the examples at some positions of an epoch. */
  #idsAt(epoch: number, positions: Tensor): Tensor {
    const { shard, shuffle } = this.#options;
    return tidy(() => {
      const inOrder = shard ? add(mul(positions, int32(shard.count)), int32(shard.index)) : positions;
      return shuffle ? randomIndexShuffle(inOrder, [shuffle.seed, epoch], this.#epoch.used) : inOrder;
    });
  }

  /** Names the file that made a call of a function fail, for TensorFlow's error does not. */
  async #explain(error: unknown): Promise<Error | undefined> {
    if (!(error instanceof TensorFlowError) || !error.details.includes('IteratorGetNext')) return undefined;
    if (isEndOfSequence(error) || error.code === 'CANCELLED') return undefined;
    const { epoch } = this.#start;
    const [first, end] = this.#suspects();
    let position = first;
    try {
      for await (const example of this.#placed(epoch, first, end)) {
        dispose({ ...example });
        position++;
      }
    } catch (cause) {
      return this.#examples.errorOf(
        tidy(() => this.#idsAt(epoch, int32(position)).dataSync()[0]!),
        cause,
      );
    }
    return undefined;
  }

  /**
   * The positions of which one made the iterator fail. It goes on behind that one, and gives a batch that says where it
   * is; each failure takes up no more than a batch.
   */
  #suspects(): [first: number, end: number] {
    const { batchSize } = this.#options;
    for (let failures = 1; failures <= MANY; failures++) {
      let end = this.#epoch.size;
      try {
        const { positions, ...rest } = this.#iterator.next();
        end = positions.dataSync()[0]!;
        dispose({ positions, ...rest });
      } catch (error) {
        if (!isEndOfSequence(error)) continue;
      }
      return [Math.max(this.#start.position, end - failures * batchSize), end];
    }
    return [this.#start.position, this.#epoch.size];
  }
}

const int32 = (value: number) => scalar(value, 'int32');
