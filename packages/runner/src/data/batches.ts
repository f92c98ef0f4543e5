import type { Engine, Input, InputOptions, Split } from '@paperlab/core';
import { dispose, slice } from '@tensorflow/tfjs-core';
import { PerSize } from '../per-size.js';

/** Images as they come out of the transforms, in memory. */
export interface DrawnBatch {
  /** `[images, height, width, channels]`, row-major. */
  readonly pixels: Float32Array;
  /** `[height, width, channels]` */
  readonly shape: readonly [height: number, width: number, channels: number];
  readonly labels: Int32Array;
  /** Numbers of the images in the split. */
  readonly examples: readonly number[];
}

/**
 * The batches of the first epoch of a split.
 * @throws as the engine does: an image that cannot be used is named
 */
export async function* drawnBatches(
  engine: Engine,
  split: Split,
  options: InputOptions,
): AsyncGenerator<DrawnBatch, void, void> {
  const input = await engine.input(split, options);
  const compiled = new PerSize((size) =>
    engine.compile(function draw() {
      const { images, labels } = input.next(size);
      return { images, labels };
    }),
  );
  try {
    await input.seek(0);
    for (let batch = 0; batch < input.batches; batch++) {
      const { images, labels } = await compiled.of(input.sizeOf(batch)).run();
      const drawn = {
        pixels: images.dataSync() as Float32Array,
        shape: images.shape.slice(1) as [number, number, number],
        labels: labels.dataSync() as Int32Array,
        examples: await input.examplesOf(0, batch),
      };
      dispose([images, labels]);
      yield drawn;
    }
  } finally {
    compiled.dispose();
    input.dispose();
  }
}

/**
 * The first images of an input's first batch, at most `count`; of a worker's input, of its part of it. Of images that are mixed, the
 * label is that of the first.
 */
export async function drawnImages(input: Input, count: number): Promise<DrawnBatch> {
  await input.seek(0);
  const { images, labels, mix, waited } = input.next(input.sizeOf(0));
  const drawn = Math.min(count, images.shape[0]!);
  const first = slice(images, 0, drawn);
  const batch = {
    pixels: (await first.data()) as Float32Array,
    shape: images.shape.slice(1) as [number, number, number],
    labels: ((await labels.data()) as Int32Array).subarray(0, drawn),
    examples: (await input.examplesOf(0, 0)).slice(0, drawn),
  };
  dispose([images, labels, first, ...(waited ? [waited] : []), ...(mix ? [mix.labels, mix.share] : [])]);
  return batch;
}
