import type { Engine, Split } from '@paperlab/core';
import { drawnBatches } from './batches.js';

/** What the pixels of a split are like: all of them count alike. Values are from 0 to 1, as after `scale` by 1/255. */
export interface Statistics {
  readonly images: number;
  /** `[height, width, channels]` */
  readonly shape: readonly number[];
  /** Images of each class, by label. */
  readonly classes: readonly number[];
  /** Of each channel. */
  readonly mean: readonly number[];
  /** Of each channel; of all pixels, so divided by their number. */
  readonly std: readonly number[];
  /** Of the channels: red, green and blue. */
  readonly covariance: readonly (readonly number[])[];
  /** How many pixels have each value 0..255, for each channel; values between, which resizing makes, are rounded. */
  readonly histogram: readonly (readonly number[])[];
}

/** Transforms that say which pixels an image has, and leave values as they are. */
const geometry = new Set(['resize', 'centerCrop', 'pad']);
const BATCH = 64;
const VALUES = 256;

/**
 * Computes statistics of a split's images: as they are evaluated, before values are scaled and without what is random. These
 * are what `normalize` takes (mean, std) and what the lighting of AlexNet is made of (covariance; Krizhevsky et al. 2012,
 * Section 4.1).
 */
export async function statisticsOf(engine: Engine, split: Split, classes: number): Promise<Statistics> {
  const transforms = split.transforms.filter(({ name }) => geometry.has(name));
  const counts = new Array<number>(classes).fill(0);
  for (const label of split.source.labels) counts[label]!++;
  let sums: Sums | undefined;
  let shape: readonly number[] = [];
  const options = { batchSize: Math.min(BATCH, split.size) };
  for await (const batch of drawnBatches(engine, { ...split, transforms }, options)) {
    shape = batch.shape;
    sums ??= new Sums(batch.shape[2]);
    sums.add(batch.pixels);
  }
  return { images: split.size, shape, classes: counts, ...sums!.result() };
}

/** Sums over pixels, in float64. */
class Sums {
  readonly #channels: number;
  #pixels = 0;
  readonly #first: Float64Array;
  /** Of the products of channels, `[channels, channels]`; those above the diagonal alone. */
  readonly #second: Float64Array;
  readonly #histogram: Float64Array[];

  constructor(channels: number) {
    this.#channels = channels;
    this.#first = new Float64Array(channels);
    this.#second = new Float64Array(channels * channels);
    this.#histogram = Array.from({ length: channels }, () => new Float64Array(VALUES));
  }

  /** @param values of whole pixels, 0..255 */
  add(values: Float32Array): void {
    const channels = this.#channels;
    const [first, second] = [this.#first, this.#second];
    for (let i = 0; i < values.length; i += channels) {
      for (let c = 0; c < channels; c++) {
        const value = values[i + c]!;
        first[c]! += value;
        for (let d = c; d < channels; d++) second[c * channels + d]! += value * values[i + d]!;
        this.#histogram[c]![Math.min(Math.max(Math.round(value), 0), VALUES - 1)]!++;
      }
    }
    this.#pixels += values.length / channels;
  }

  result(): Pick<Statistics, 'mean' | 'std' | 'covariance' | 'histogram'> {
    const each = Array.from({ length: this.#channels }, (_, c) => c);
    const mean = each.map((c) => this.#first[c]! / this.#pixels / 255);
    const covariance = each.map((c) =>
      each.map((d) => {
        const sum = this.#second[Math.min(c, d) * this.#channels + Math.max(c, d)]!;
        return sum / this.#pixels / 255 ** 2 - mean[c]! * mean[d]!;
      }),
    );
    const std = each.map((c) => Math.sqrt(Math.max(covariance[c]![c]!, 0)));
    return { mean, std, covariance, histogram: this.#histogram.map((of) => [...of]) };
  }
}
