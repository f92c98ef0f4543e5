import {
  cast,
  dispose,
  gather,
  keep,
  tensor,
  tensor1d,
  type Tensor2D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import type { ArraySource, Split } from '../dataset.js';
import type { Batch, Input, InputOptions } from '../engine.js';
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
  /** Examples of the split that are used, in all shards. */
  readonly #used: number;
  /** Examples in an epoch. */
  readonly #size: number;
  /** What random transforms draw in the epoch, for every example: `[size, 4]` for each. */
  #draws: Tensor2D[] = [];
  #position = 0;
  #idAt: (position: number) => number = () => 0;

  /** @throws when the images are not in memory, or the options leave none */
  constructor(split: Split, options: InputOptions) {
    const { source } = split;
    if (source.kind !== 'arrays') {
      throw new Error(
        `Images in files (${source.files[0]}, …) are read by TensorFlow's engine (@paperlab/engine), not by plain tfjs`,
      );
    }
    const { batchSize, shard = { index: 0, count: 1 }, take = split.size } = options;
    this.#split = split;
    this.#source = source;
    this.#options = options;
    this.#used = Math.min(take, split.size);
    this.#size = Math.ceil((this.#used - shard.index) / shard.count);
    if (!(this.#size >= 1))
      throw new Error(
        `input: shard ${shard.index} of ${shard.count} has none of the ${this.#used} examples.`,
      );
    this.batches = Math.ceil(this.#size / batchSize);
    void this.seek(0);
  }

  async seek(epoch: number, batch = 0): Promise<void> {
    const { batchSize, shuffle, shard = { index: 0, count: 1 } } = this.#options;
    const order = shuffle ? indexShuffle([shuffle.seed, epoch, 0], this.#used) : (index: number) => index;
    this.#idAt = (position) => order(position * shard.count + shard.index);
    this.#position = batch * batchSize;
    const { size, transforms } = this.#split;
    dispose(this.#draws);
    this.#draws = randomDraws(transforms, { seed: shuffle?.seed ?? 0, epoch, size }).map(keep);
  }

  sizeOf(batch: number): number {
    const { batchSize } = this.#options;
    return Math.min(batchSize, this.#size - batch * batchSize);
  }

  next(size: number): Batch {
    const ids = Array.from({ length: size }, (_, i) => this.#idAt(this.#position + i));
    this.#position += size;
    const { images, shape, labels } = this.#source;
    const bytes = shape.reduce((product, length) => product * length);
    const pixels = new Int32Array(size * bytes);
    ids.forEach((id, i) => pixels.set(images.subarray(id * bytes, (id + 1) * bytes), i * bytes));
    return {
      images: tidy(() => {
        const drawn = cast(tensor(pixels, [size, ...shape], 'int32'), 'float32') as Tensor4D;
        const draws = this.#draws.map((table) => gather(table, tensor1d(ids, 'int32')));
        return this.#split.transforms.reduce(
          (before, transform) =>
            isRandomTransform(transform)
              ? augmented(before, transform, draws.shift()!)
              : transformed(before, transform),
          drawn,
        );
      }),
      labels: tensor1d(
        Int32Array.from(ids, (id) => labels[id]!),
        'int32',
      ),
    };
  }

  dispose(): void {
    dispose(this.#draws);
  }
}
