import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import { setBackend, tensor1d, tensor2d, tidy } from '@tensorflow/tfjs-core';
import { randomDraws } from './random-transforms.js';
import { type ResizedCrop, resizedCropBoxes } from './resized-crop.js';

beforeAll(() => setBackend('cpu'));

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
const part = (options: Partial<ResizedCrop> = {}): ResizedCrop => ({
  name: 'randomResizedCrop',
  size: [8, 8],
  ...options,
});

/** Top, left, height and width for an image of that size. */
const boxes = (transform: ResizedCrop, draws: number[][], height: number, width: number) =>
  tidy(() => resizedCropBoxes(transform, tensor2d(draws), tensor1d([height, width], 'int32')).arraySync());

/** Numbers that are drawn: of the attempts' areas, their ratios, and the place. */
const drawn = (areas: number[], ratios: number[], [top, left]: [number, number]) => [
  ...numbers(10).map((k) => areas[k] ?? 0),
  ...numbers(10).map((k) => ratios[k] ?? 0.5),
  top,
  left,
  0,
  0,
];

describe('the parts of randomResizedCrop', () => {
  it('have the share of the area that is drawn, and begin where it is drawn', () => {
    const square = part({ scale: [0.25, 1], ratio: [1, 1] });
    expect(boxes(square, [drawn([0], [0], [0, 0.5])], 40, 40)).toEqual([[0, 10, 20, 20]]);
    expect(boxes(square, [drawn([0.52], [0], [0.999, 0.999])], 40, 40)).toEqual([[8, 8, 32, 32]]);
  });

  it('have the ratio of width to height that is drawn, evenly in its logarithm', () => {
    const wide = part({ scale: [0.25, 0.25], ratio: [0.25, 4] });
    const shapes = [0, 0.25, 0.5, 0.75].map((u) => drawn([0], [u], [0, 0]));
    expect(boxes(wide, shapes, 64, 64).map((box) => box.slice(2))).toEqual([
      [64, 16],
      [45, 23],
      [32, 32],
      [23, 45],
    ]);
  });

  it('are of the first attempt that fits', () => {
    const wide = part({ scale: [0.25, 1], ratio: [1, 1] });
    expect(boxes(wide, [drawn([0.9, 0.8, 0, 0.1], [], [0, 0])], 20, 40)).toEqual([[0, 0, 14, 14]]);
  });

  it.each([
    ['all of the height', [0.25, 0.5], [40, 60], [0, 20, 40, 20]],
    ['all of the width', [3, 4], [40, 60], [10, 0, 20, 60]],
    ['the whole image', [1, 2], [40, 60], [0, 0, 40, 60]],
  ] as const)('are %s, in the middle, if no attempt fits', (_, ratio, [height, width], box) => {
    const draws = [drawn(new Array(10).fill(0.99), [], [0.9, 0.9])];
    const [found] = boxes(part({ scale: [3, 4], ratio }), draws, height, width);
    expect(found).toEqual(box);
  });

  it('always lie in the image, with areas and ratios in their ranges', () => {
    const draws = tidy(() => randomDraws([part()], { seed: 1, epoch: 0, size: 500 })[0]!.arraySync());
    for (const [height, width] of [
      [300, 400],
      [1, 1],
      [17, 9],
      [50, 500],
    ] as const) {
      for (const [top, left, partHeight, partWidth] of boxes(part(), draws, height, width) as [
        number,
        number,
        number,
        number,
      ][]) {
        expect(Math.min(top, left)).toBeGreaterThanOrEqual(0);
        expect(Math.min(partHeight, partWidth)).toBeGreaterThanOrEqual(1);
        expect(top + partHeight).toBeLessThanOrEqual(height);
        expect(left + partWidth).toBeLessThanOrEqual(width);
        if (height !== 300) continue;
        expect(partWidth / partHeight).toBeGreaterThan(0.74);
        expect(partWidth / partHeight).toBeLessThan(1.35);
        expect((partHeight * partWidth) / (height * width)).toBeGreaterThan(0.079);
      }
    }
  });
});
