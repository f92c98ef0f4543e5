import { expect, it } from '@jest/globals';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import type { Transform } from '@paperlab/core';
import type { DrawnBatch } from './batches.js';
import { sampleGrid } from './sample-grid.js';

const batchOf = (shape: DrawnBatch['shape'], ...images: number[][]): DrawnBatch => ({
  pixels: Float32Array.from(images.flat()),
  shape,
  labels: Int32Array.from(images, () => 0),
  examples: images.map((_, i) => i),
});

/** Colours at places of the grid, and its size. */
async function drawn(batch: DrawnBatch, transforms: readonly Transform[], places: [x: number, y: number][]) {
  const image = await loadImage(await sampleGrid(batch, transforms, ['cat'], 'title'));
  const context = createCanvas(image.width, image.height).getContext('2d');
  context.drawImage(image, 0, 0);
  const colors = places.map(([x, y]) => [...context.getImageData(x, y, 1, 1).data].slice(0, 3));
  return { size: [image.width, image.height], colors };
}

it('undoes what was done to all pixels alike', async () => {
  const colour = batchOf([1, 1, 3], [2, -1, 0]);
  const transforms: Transform[] = [
    { name: 'scale', factor: 1 / 255, offset: 0 },
    { name: 'subtractMeanImage', shape: [1, 1, 3], values: [0.4, 0.6, 0.2] },
    { name: 'normalize', mean: [0, 0.1, 0], std: [0.2, 0.1, 0.5] },
  ];
  // 255 (0.2 · 2 + 0.4), 255 (0.1 · -1 + 0.1 + 0.6), 255 · 0.2
  expect((await drawn(colour, transforms, [[60, 80]])).colors).toEqual([[204, 153, 51]]);
});

it('keeps what lies outside of 0 to 255 at the ends, and grey grey', async () => {
  const grey = batchOf([1, 2, 1], [-20, 300], [7, 100]);
  const { colors } = await drawn(
    grey,
    [],
    [
      [20, 50],
      [110, 50],
      [144, 50],
      [234, 50],
    ],
  );
  expect(colors).toEqual([0, 255, 7, 100].map((value) => [value, value, value]));
});

it('has rows of eight, small images enlarged and large ones reduced', async () => {
  const small = batchOf([2, 4, 1], ...Array.from({ length: 9 }, () => new Array<number>(8).fill(50)));
  expect((await drawn(small, [], [])).size).toEqual([12 + 8 * 124, 32 + 2 * (56 + 24) + 12]);
  const large = batchOf(
    [448, 448, 1],
    ...Array.from({ length: 2 }, () => new Array<number>(448 * 448).fill(50)),
  );
  expect((await drawn(large, [], [])).size).toEqual([12 + 2 * 236, 32 + 224 + 24 + 12]);
});
