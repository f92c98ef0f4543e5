import {
  type Batch,
  mixed,
  mixingNumbers,
  mixingOf,
  type MixingTransform,
  randomDraws,
  randomNumbers,
  type Split,
} from '@paperlab/core';
import {
  dispose,
  gather,
  keep,
  reshape,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from './backend.js';
import { exampleDraws } from './example-draws.js';

/**
 * What images are mixed by, drawn by number in tensor ops. For one image at a time, or for all of the split: over a batch of them,
 * TensorFlow's powers and cosines would have other last bits at its end than before.
 */
export class Mixing {
  readonly #backend: TensorFlowBackend;
  readonly #mixing: MixingTransform;
  readonly #size: number;
  readonly #drawsBatches: boolean;
  /** Of the epoch: what one image draws. */
  #drawsOf!: (id: Tensor) => Tensor2D;
  /** Of all images, `[size, 3]`, where batches of them are drawn. */
  #table: Tensor2D | undefined;

  /**
   * @param drawsBatches whether it is asked for many images at once
   * @returns nothing for a split whose images are not mixed
   */
  static of(
    backend: TensorFlowBackend,
    { size, transforms }: Split,
    drawsBatches: boolean,
  ): Mixing | undefined {
    const mixing = mixingOf(transforms);
    return mixing && new Mixing(backend, mixing, size, drawsBatches);
  }

  private constructor(
    backend: TensorFlowBackend,
    mixing: MixingTransform,
    size: number,
    drawsBatches: boolean,
  ) {
    this.#backend = backend;
    this.#mixing = mixing;
    this.#size = size;
    this.#drawsBatches = drawsBatches;
    this.startEpoch(0, 0);
  }

  /** Draws for the images that `numbers` is asked for from now on. */
  startEpoch(seed: number, epoch: number): void {
    const [transforms, size] = [[this.#mixing], this.#size];
    const [numbers] = randomNumbers(transforms, seed);
    this.#drawsOf = (id) => exampleDraws(this.#backend, numbers!, epoch, id);
    this.dispose();
    if (!this.#drawsBatches) return;
    this.#table = tidy(() => {
      const [draws] = randomDraws(transforms, { seed, epoch, size });
      return keep(mixingNumbers(this.#mixing, draws!));
    });
  }

  /**
   * @param ids int32: a scalar, or `[n]` where batches are drawn
   * @returns `mixingNumbers`, `[3]` or `[n, 3]`
   */
  numbers(ids: Tensor): Tensor {
    return tidy(() =>
      ids.rank === 0
        ? reshape(mixingNumbers(this.#mixing, this.#drawsOf(ids)), [3])
        : gather(this.#table!, ids as Tensor1D),
    );
  }

  /**
   * Mixes every image with the one behind it.
   * @param drawn `[n + 1, …]`; are disposed
   * @returns a batch of n
   */
  mixed(drawn: { readonly images: Tensor; readonly labels: Tensor; readonly numbers: Tensor }): Batch {
    const { images, labels, numbers } = drawn;
    const batch = tidy(
      () => mixed(this.#mixing, images as Tensor4D, labels as Tensor1D, numbers as Tensor2D) as never,
    );
    dispose([images, labels, numbers]);
    return batch;
  }

  dispose(): void {
    if (this.#table) dispose(this.#table);
    this.#table = undefined;
  }
}
