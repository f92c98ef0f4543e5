import type { Split } from './dataset.js';
import type { InputOptions } from './engine.js';
import { mixingOf } from './mixing.js';
import { type Part, partsOf } from './replica.js';
import { checkWholeNumber } from './whole-number.js';

/** Where the examples of an epoch stand: in its order, in its batches, and among the workers that share the batches. */
export class Epoch {
  /** Examples, of all workers. */
  readonly size: number;
  readonly batches: number;
  /** Examples that a worker draws behind those of a batch that are its own: the next one, where images are mixed with it. */
  readonly ahead: 0 | 1;
  /** Examples that this worker draws for a full batch. */
  readonly ownBatchSize: number;
  /** Examples that this worker draws. */
  readonly ownSize: number;
  readonly #batchSize: number;
  readonly #shard: { readonly index: number; readonly count: number };

  /** @throws if the split or the options are wrong */
  constructor(split: Split, options: InputOptions) {
    checkSplit(split);
    const { batchSize, shard = { index: 0, count: 1 }, take = split.size } = options;
    checkWholeNumber('input', 'batchSize', batchSize, 1);
    checkWholeNumber('input', 'take', take, 1);
    checkWholeNumber('input', 'shard.count', shard.count, 1);
    checkWholeNumber('input', 'shard.index', shard.index, 0, shard.count - 1);
    this.#batchSize = batchSize;
    this.#shard = shard;
    this.size = Math.min(take, split.size);
    this.batches = Math.ceil(this.size / batchSize);
    this.ahead = mixingOf(split.transforms) ? 1 : 0;
    this.ownBatchSize = this.partOf(batchSize).count + this.ahead;
    const last = this.batches - 1;
    this.ownSize = last * this.ownBatchSize + this.partOf(this.sizeOf(last)).count + this.ahead;
  }

  /** Examples of a batch, of all workers. */
  sizeOf(batch: number): number {
    return Math.min(this.#batchSize, this.size - batch * this.#batchSize);
  }

  /** Which examples of a batch of `size` are this worker's. */
  partOf(size: number): Part {
    return partsOf(size, this.#shard.count)[this.#shard.index]!;
  }

  /** How many places behind the first of a batch this worker's examples begin. */
  offsetIn(batch: number): number {
    return this.partOf(this.sizeOf(batch)).from;
  }

  /** The place in the epoch's order of the example that this worker draws as number `number`. */
  placeOf(number: number): number {
    const batch = Math.floor(number / this.ownBatchSize);
    return (batch * this.#batchSize + this.offsetIn(batch) + (number % this.ownBatchSize)) % this.size;
  }
}

function checkSplit({ size, source }: Split): void {
  const images =
    source.kind === 'files'
      ? source.files.length
      : source.images.length / source.shape.reduce((product, n) => product * n, 1);
  if (images === size && source.labels.length === size) return;
  throw new Error(
    `The split has ${images} images and ${source.labels.length} labels; it says that it has ${size}.`,
  );
}
