import { type Batch, Epoch, type Input, type InputOptions, type Split, unmixed } from '@paperlab/core';
import {
  add,
  cast,
  concat,
  dispose,
  equal,
  floorDiv,
  minimum,
  mod,
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
import { badImages, goodOf, without } from './bad-images.js';
import { DatasetIterator, isEndOfSequence } from './data/iterator.js';
import { randomIndexShuffle } from './data/random-index-shuffle.js';
import { DatasetSources } from './data/sources.js';
import { openDecoded, isCached } from './decoded-cache.js';
import { DecodedImages } from './decoded-images.js';
import { Examples } from './input-examples.js';
import { Mixing } from './input-mixing.js';
import { TensorFlowError } from './status.js';

/** Batches prepared ahead of the one in use: small ones from memory, and others. */
const PREFETCH = { batches: 4, examples: 2 } as const;
/** Batches from memory that are prepared at once. */
const PARALLEL_BATCHES = 2;
/** Broken files in a row after which there is no point in looking for the next good one. */
const MANY = 100;

/** What the pipeline gives: a batch, and which of this worker's examples of the epoch it has. */
interface NumberedBatch extends Batch {
  readonly numbers: Tensor;
  /** What they are mixed by, where they are: `[examples, 3]`. */
  readonly mixing?: Tensor;
}

/**
 * A split's batches, prepared by a pipeline of TensorFlow's: the numbers of this worker's examples, mapped to places in the
 * epoch's order, and these to the examples that stand there. The order is a permutation computed from (seed, epoch), so where
 * an input stands is one integer.
 *
 * Random transforms draw by (seed, epoch, example), with the seed of the shuffle, or 0 without one. Images that are mixed are so in
 * `next`: where the function runs that draws them.
 *
 * Images in memory are drawn and transformed by whole batches; those in files, or with a transform `map`, one by one,
 * on all cores. Decoded files are kept where the split has a `cache`.
 */
export class DatasetInput implements Input {
  readonly batches: number;
  readonly skipped: readonly string[];
  readonly #backend: TensorFlowBackend;
  readonly #options: InputOptions;
  readonly #epoch: Epoch;
  readonly #data: DatasetSources;
  readonly #examples: Examples;
  readonly #mixing: Mixing | undefined;
  readonly #iterator: DatasetIterator<NumberedBatch>;
  /** Where the iterator was started. */
  #start = { epoch: 0, number: 0 };

  /** @throws when the split or the options are wrong, or a transform does not fit the images */
  static async open(backend: TensorFlowBackend, given: Split, options: InputOptions): Promise<DatasetInput> {
    new Epoch(given, options); // refuses what is wrong before any file is looked at
    const data = new DatasetSources(backend);
    const decoded = isCached(given) ? await openDecoded(backend, data, given) : undefined;
    const bad = decoded?.bad ?? (given.onBadImage === 'skip' ? await badImages(backend, data, given) : []);
    const split = without(given, bad);
    const epoch = new Epoch(split, options);
    const pixels = decoded && new DecodedImages(backend, decoded, goodOf(given.size, bad));
    const examples = new Examples(backend, unmixed(split), pixels);
    const mixing = Mixing.of(backend, split, examples.drawsBatches);
    const skipped = bad.map(({ message }) => message);
    try {
      if (options.batchSize + epoch.ahead > 1) await examples.settleShape(data);
      return new DatasetInput(backend, data, examples, mixing, epoch, options, skipped);
    } catch (error) {
      examples.dispose();
      mixing?.dispose();
      throw error;
    }
  }

  private constructor(
    backend: TensorFlowBackend,
    data: DatasetSources,
    examples: Examples,
    mixing: Mixing | undefined,
    epoch: Epoch,
    options: InputOptions,
    skipped: readonly string[],
  ) {
    this.skipped = skipped;
    this.#options = options;
    this.#epoch = epoch;
    this.batches = epoch.batches;
    this.#backend = backend;
    this.#data = data;
    this.#examples = examples;
    this.#mixing = mixing;
    this.#iterator = this.#pipeline(0, 0).unstartedIterator((error) => this.#explain(error));
  }

  sizeOf(batch: number): number {
    return this.#epoch.sizeOf(batch);
  }

  async seek(epoch: number, batch = 0): Promise<void> {
    this.#start = { epoch, number: batch * this.#epoch.ownBatchSize };
    const { seed = 0 } = this.#options.shuffle ?? {};
    this.#examples.startEpoch(seed, epoch);
    this.#mixing?.startEpoch(seed, epoch);
    this.#iterator.start(this.#pipeline(epoch, batch));
  }

  next(size: number): Batch {
    const part = this.#epoch.partOf(size);
    const { element, waited } = this.#iterator.draw(part.count + this.#epoch.ahead);
    const { numbers, mixing, images, labels } = element;
    dispose(numbers);
    const batch = mixing ? this.#mixing!.mixed({ images, labels, numbers: mixing }) : { images, labels };
    return { ...batch, waited, ...(this.#options.shard && { part }) };
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
    this.#mixing?.dispose();
  }

  /** The batches of an epoch from batch `first` on. */
  #pipeline(epoch: number, first: number): TensorFlowDataset<NumberedBatch> {
    const { ownBatchSize, ownSize, batches } = this.#epoch;
    if (!this.#examples.drawsBatches) {
      return this.#each(epoch, first * ownBatchSize, ownSize)
        .batch(ownBatchSize)
        .prefetch(PREFETCH.examples);
    }
    return this.#data
      .range(first, batches)
      .map((batch) => this.#batch(epoch, batch), { parallel: PARALLEL_BATCHES })
      .prefetch(PREFETCH.batches);
  }

  /**
   * A batch, drawn as a whole. The last one is drawn in full size too, from its last example again and again, and then
   * cut: shapes that are known let TensorFlow plan ahead.
   */
  #batch(epoch: number, batch: Tensor): NumberedBatch {
    const { ownBatchSize, ownSize } = this.#epoch;
    return tidy(() => {
      const begin = mul(batch, int32(ownBatchSize));
      const numbers = add(begin, range(0, ownBatchSize, 1, 'int32'));
      const drawn = this.#draw(epoch, minimum(numbers, int32(ownSize - 1)));
      const count = reshape(minimum(int32(ownBatchSize), sub(int32(ownSize), begin)), [1]);
      const cut = (full: Tensor) => {
        const rest = full.shape.slice(1);
        const extent = concat([count, tensor1d(rest, 'int32')]);
        return this.#backend.execute('Slice', [full, zeros([full.rank], 'int32'), extent])[0]!;
      };
      return {
        images: cut(drawn.images),
        labels: cut(drawn.labels),
        numbers: cut(drawn.numbers),
        ...(drawn.mixing && { mixing: cut(drawn.mixing) }),
      };
    });
  }

  /** This worker's examples from `first` up to but not including `end` of an epoch, one by one. */
  #each(epoch: number, first: number, end: number): TensorFlowDataset<NumberedBatch> {
    return this.#data.range(first, end).map((number) => this.#draw(epoch, number));
  }

  /** @param numbers of this worker's examples in the epoch, int32: a scalar, or `[n]` */
  #draw(epoch: number, numbers: Tensor): NumberedBatch {
    const ids = tidy(() => this.#idsAt(epoch, this.#placesOf(numbers)));
    return {
      images: this.#examples.images(ids),
      labels: this.#examples.labels(ids),
      numbers,
      ...(this.#mixing && { mixing: this.#mixing.numbers(ids) }),
    };
  }

  /** The places in the epoch's order of this worker's examples: `Epoch.placeOf`. */
  #placesOf(numbers: Tensor): Tensor {
    const { batchSize, shard } = this.#options;
    const { ownBatchSize, batches, ahead, size } = this.#epoch;
    if (!shard && ahead === 0) return numbers;
    const batch = floorDiv(numbers, int32(ownBatchSize));
    const [offset, lastOffset] = [0, batches - 1].map((batch) => this.#epoch.offsetIn(batch)) as [
      number,
      number,
    ];
    const isLast = cast(equal(batch, int32(batches - 1)), 'int32');
    const begin = add(mul(batch, int32(batchSize - ownBatchSize)), int32(offset));
    const places = add(add(numbers, begin), mul(isLast, int32(lastOffset - offset)));
    return ahead === 0 ? places : mod(places, int32(size));
  }

  /** The numbers in the split of the examples at some places of an epoch's order. */
  #idsAt(epoch: number, places: Tensor): Tensor {
    const { shuffle } = this.#options;
    return shuffle ? randomIndexShuffle(places, [shuffle.seed, epoch], this.#epoch.size) : places;
  }

  /** Names the file that made a call of a function fail, for TensorFlow's error does not. */
  async #explain(error: unknown): Promise<Error | undefined> {
    if (!(error instanceof TensorFlowError) || !error.details.includes('IteratorGetNext')) return undefined;
    if (isEndOfSequence(error) || error.code === 'CANCELLED') return undefined;
    const { epoch } = this.#start;
    const [first, end] = this.#suspects();
    let number = first;
    try {
      for await (const example of this.#each(epoch, first, end)) {
        dispose({ ...example });
        number++;
      }
    } catch (cause) {
      const [id] = tidy(() => this.#idsAt(epoch, this.#placesOf(int32(number))).dataSync());
      return this.#examples.errorOf(id!, cause);
    }
    return undefined;
  }

  /**
   * The numbers of the examples of which one made the iterator fail. It goes on behind that one, and gives a batch that
   * says where it is; each failure takes up no more than a batch.
   */
  #suspects(): [first: number, end: number] {
    const { ownBatchSize, ownSize } = this.#epoch;
    for (let failures = 1; failures <= MANY; failures++) {
      let end = ownSize;
      try {
        const { numbers, ...rest } = this.#iterator.next();
        end = numbers.dataSync()[0]!;
        dispose({ numbers, ...rest });
      } catch (error) {
        if (!isEndOfSequence(error)) continue;
      }
      return [Math.max(this.#start.number, end - failures * ownBatchSize), end];
    }
    return [this.#start.number, ownSize];
  }
}

const int32 = (value: number) => scalar(value, 'int32');
