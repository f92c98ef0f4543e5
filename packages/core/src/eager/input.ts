import {
  dispose,
  gather,
  keep,
  scalar,
  tensor,
  tensor1d,
  type Tensor2D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import type { ArraySource, Split } from '../dataset.js';
import type { Batch, Input, InputOptions } from '../engine.js';
import { Epoch } from '../epoch.js';
import { mixed, mixingNumbers, mixingOf, unmixed } from '../mixing.js';
import { isRandomTransform, randomDraws } from '../random-transforms.js';
import { augmented } from './augmentation.js';
import { indexShuffle } from './index-shuffle.js';
import { transformed } from './transforms.js';

/** A split's batches, gathered in JavaScript, in the order in which TensorFlow's engine gives them. */
export class EagerInput implements Input {
  readonly batches: number;
  readonly #split: Split;
  readonly #source: ArraySource;
  readonly #options: InputOptions;
  readonly #epoch: Epoch;
  /** What random transforms draw in the epoch, for every example: `[size, 4]` for each. */
  #draws: Tensor2D[] = [];
  #position = 0;
  /** `#order` of the epoch. */
  #idAt: (place: number) => number = (place) => place;

  /** @throws when the images are not in memory, the split or the options are wrong, or they leave no example */
  constructor(split: Split, options: InputOptions) {
    const { source } = split;
    if (source.kind !== 'arrays') {
      throw new Error(
        `Images in files (${source.files[0]}, …) are read by TensorFlow's engine (@paperlab/engine), not by plain tfjs`,
      );
    }
    this.#split = split;
    this.#source = source;
    this.#options = options;
    this.#epoch = new Epoch(split, options);
    this.batches = this.#epoch.batches;
    this.#position = this.#epoch.ownSize; // an epoch begins with seek
  }

  async seek(epoch: number, batch = 0): Promise<void> {
    const { shuffle } = this.#options;
    this.#idAt = this.#order(epoch);
    this.#position = batch * this.#epoch.ownBatchSize;
    const { size, transforms } = this.#split;
    dispose(this.#draws);
    this.#draws = randomDraws(transforms, { seed: shuffle?.seed ?? 0, epoch, size }).map(keep);
  }

  sizeOf(batch: number): number {
    return this.#epoch.sizeOf(batch);
  }

  next(size: number): Batch {
    const start = performance.now();
    const part = this.#epoch.partOf(size);
    const count = part.count + this.#epoch.ahead;
    const ids = this.#nextIds(count);
    const { images, shape, labels } = this.#source;
    const pixels = shape.reduce((product, length) => product * length);
    const values = new Float32Array(count * pixels);
    ids.forEach((id, i) => values.set(images.subarray(id * pixels, (id + 1) * pixels), i * pixels));
    const chosen = Int32Array.from(ids, (id) => labels[id]!);
    const drawn = tidy(() => {
      const draws = this.#draws.map((table) => gather(table, tensor1d(ids, 'int32')));
      const ready = unmixed(this.#split).transforms.reduce(
        (before, transform) =>
          isRandomTransform(transform)
            ? augmented(before, transform, draws.shift()! as Tensor2D)
            : transformed(before, transform),
        tensor(values, [count, ...shape]) as Tensor4D,
      );
      const labelsOf = tensor1d(chosen, 'int32');
      const mixing = mixingOf(this.#split.transforms);
      if (!mixing) return { images: ready, labels: labelsOf };
      return mixed(mixing, ready, labelsOf, mixingNumbers(mixing, draws.shift()! as Tensor2D));
    }) as Batch;
    const waited = scalar((performance.now() - start) / 1000);
    return { ...drawn, waited, ...(this.#options.shard && { part }) };
  }

  async examplesOf(epoch: number, batch: number): Promise<number[]> {
    const idAt = this.#order(epoch);
    const { batchSize } = this.#options;
    const places = Array.from({ length: this.sizeOf(batch) }, (_, i) => batch * batchSize + i);
    return places.map(idAt);
  }

  /** The number in the split of the example at a place in an epoch's order. */
  #order(epoch: number): (place: number) => number {
    const { shuffle } = this.#options;
    return shuffle ? indexShuffle([shuffle.seed, epoch, 0], this.#epoch.size) : (place) => place;
  }

  /** The numbers in the split of the next examples. */
  #nextIds(size: number): number[] {
    const { ownSize: end } = this.#epoch;
    if (this.#position + size > end)
      throw new Error(
        `End of sequence: ${end - this.#position} examples are left, not ${size}. seek() begins an epoch.`,
      );
    const numbers = Array.from({ length: size }, (_, i) => this.#position + i);
    this.#position += size;
    return numbers.map((number) => this.#idAt(this.#epoch.placeOf(number)));
  }

  dispose(): void {
    dispose(this.#draws);
  }
}
