import { type Engine, isRandomTransform, type MeanImage, type Split } from '@paperlab/core';
import { symmetricEigen } from './symmetric-eigen.js';

/** Of the channels of all pixels. */
export interface ColorStatistics {
  readonly mean: number[];
  readonly std: number[];
  /** `[channels][channels]` */
  readonly covariance: number[][];
  /** Of the covariance, the largest first. */
  readonly eigenvalues: number[];
  /** The unit vector of each eigenvalue. */
  readonly eigenvectors: number[][];
}

/** Images that are drawn at once. */
const BATCH = 64;
/** Decimals of a mean image: a hundredth of what a byte can tell, for pixels from 0 to 1. */
const DECIMALS = 5;

/**
 * Mean, deviation and principal components of the colours in a split, for `normalize` and `pcaLighting`: of the images as
 * they are after the split's transforms, random ones left out. All of them have one size then.
 *
 * @example
 * const set = imageFolder({ folder, transforms: [resize, middle, toUnit] });
 * const { eigenvalues, eigenvectors } = await colorStatistics(await set.open('train'), engine);
 */
export async function colorStatistics(split: Split, engine: Engine): Promise<ColorStatistics> {
  const sums = new ChannelSums();
  await eachBatch(split, engine, (pixels, [, , , channels]) => sums.add(pixels, channels));
  const { mean, covariance } = sums;
  const { values, vectors } = symmetricEigen(covariance);
  return {
    mean,
    std: covariance.map((row, i) => Math.sqrt(row[i]!)),
    covariance,
    eigenvalues: values,
    eigenvectors: vectors,
  };
}

/**
 * The mean of a split's images, for `subtractMeanImage`: of the images as they are after the split's transforms, random ones
 * left out. All of them have one size then. Values have five decimals.
 *
 * @example
 * const mean = await meanImage(await set.open('train'), engine);
 * const transforms = [resize, middle, toUnit, { name: 'subtractMeanImage', ...mean }];
 */
export async function meanImage(split: Split, engine: Engine): Promise<MeanImage> {
  let sums = new Float64Array(0);
  let shape: MeanImage['shape'] = [0, 0, 0];
  await eachBatch(split, engine, (pixels, [, height, width, channels]) => {
    const perImage = height * width * channels;
    if (sums.length === 0) {
      sums = new Float64Array(perImage);
      shape = [height, width, channels];
    }
    pixels.forEach((value, i) => (sums[i % perImage]! += value));
  });
  return { shape, values: Array.from(sums, (sum) => Number((sum / split.size).toFixed(DECIMALS))) };
}

/** Sums of channels and of their products, taken around the first pixel lest differences of large numbers be lost. */
class ChannelSums {
  #origin: number[] = [];
  #sums: number[] = [];
  #products: number[][] = [];
  #count = 0;

  add(pixels: Float32Array, channels: number): void {
    if (this.#count === 0) {
      this.#origin = [...pixels.subarray(0, channels)];
      this.#sums = new Array<number>(channels).fill(0);
      this.#products = this.#sums.map(() => [...this.#sums]);
    }
    const pixel = new Float64Array(channels);
    for (let start = 0; start < pixels.length; start += channels) {
      for (let i = 0; i < channels; i++) {
        pixel[i] = pixels[start + i]! - this.#origin[i]!;
        this.#sums[i]! += pixel[i]!;
        for (let j = 0; j <= i; j++) this.#products[i]![j]! += pixel[i]! * pixel[j]!;
      }
    }
    this.#count += pixels.length / channels;
  }

  get mean(): number[] {
    return this.#sums.map((sum, i) => sum / this.#count + this.#origin[i]!);
  }

  get covariance(): number[][] {
    const means = this.#sums.map((sum) => sum / this.#count);
    const of = (i: number, j: number) => this.#products[i]![j]! / this.#count - means[i]! * means[j]!;
    return means.map((_, i) => means.map((_, j) => of(Math.max(i, j), Math.min(i, j))));
  }
}

type BatchShape = readonly [count: number, height: number, width: number, channels: number];

async function eachBatch(
  split: Split,
  engine: Engine,
  visit: (pixels: Float32Array, shape: BatchShape) => void,
): Promise<void> {
  const transforms = split.transforms.filter((transform) => !isRandomTransform(transform));
  const input = await engine.input({ ...split, transforms }, { batchSize: Math.min(BATCH, split.size) });
  try {
    await input.seek(0);
    for (let batch = 0; batch < input.batches; batch++) {
      const { images, labels, waited } = input.next(input.sizeOf(batch));
      visit((await images.data()) as Float32Array, images.shape as unknown as BatchShape);
      for (const tensor of [images, labels, waited]) tensor?.dispose();
    }
  } finally {
    input.dispose();
  }
}
