import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import { setBackend, tensor2d, tensor4d, type Tensor4D } from '@tensorflow/tfjs-core';
import type { RandomTransform } from '../dataset.js';
import { augmented } from './augmentation.js';

beforeAll(() => setBackend('cpu'));

/** Two images of 3×3: 1 to 9, and 11 to 19. */
const images = () => tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19], [2, 3, 3, 1]);

function apply(transform: RandomTransform, ...draws: [number, number][]): number[][] {
  const table = tensor2d(draws.map(([u, v]) => [u, v, 0, 0]));
  const result = augmented(images(), transform, table);
  const perImage = result.size / 2;
  const values = Array.from(result.dataSync());
  return [values.slice(0, perImage), values.slice(perImage)];
}

describe('random transforms in tfjs ops', () => {
  it('mirror where the draw is below p', () => {
    expect(apply({ name: 'randomHorizontalFlip' }, [0.4, 0], [0.5, 0])).toEqual([
      [3, 2, 1, 6, 5, 4, 9, 8, 7],
      [11, 12, 13, 14, 15, 16, 17, 18, 19],
    ]);
  });

  it('crop from the place drawn', () => {
    expect(apply({ name: 'randomCrop', size: [2, 1] }, [0, 0.99], [0.99, 0.4])).toEqual([
      [3, 6],
      [15, 18],
    ]);
  });

  it('crop from the padded image', () => {
    expect(apply({ name: 'randomCrop', size: [3, 3], padding: 2 }, [0, 0], [0.99, 0.5])).toEqual([
      [0, 0, 0, 0, 0, 0, 0, 0, 1],
      [17, 18, 19, 0, 0, 0, 0, 0, 0],
    ]);
  });

  it('cut out a square around the place drawn', () => {
    expect(apply({ name: 'cutout', size: 2 }, [0.5, 0.5], [0, 0.99])).toEqual([
      [0, 0, 3, 0, 0, 6, 7, 8, 9],
      [11, 0, 0, 14, 15, 16, 17, 18, 19],
    ]);
  });

  it('resize a part of each image', () => {
    // The share 4/9, square: 2×2 pixels, from the corners; one image of three, made smaller by averages of two by two.
    const transform: RandomTransform = {
      name: 'randomResizedCrop',
      size: [1, 1],
      scale: [4 / 9, 4 / 9],
      ratio: [1, 1],
    };
    const draws = [0, 0.99].map((place) => [...new Array<number>(20).fill(0), place, place, 0, 0]);
    expect(Array.from(augmented(images(), transform, tensor2d(draws)).dataSync())).toEqual([
      (1 + 2 + 4 + 5) / 4,
      (15 + 16 + 18 + 19) / 4,
    ]);
  });

  it('resize to a shorter side that is drawn, and crop', () => {
    const transform: RandomTransform = { name: 'randomShortSideCrop', shortSide: [3, 6], size: [2, 2] };
    const result = augmented(
      images(),
      transform,
      tensor2d([
        [0, 0.5, 0.99, 0],
        [0.99, 0, 0, 0],
      ]),
    );
    expect(result.arraySync()[0]!.flat(2)).toEqual([5, 6, 8, 9]);
    expect(result.arraySync()[1]!.flat(2)).toEqual(
      [11, 11.25, 11.75, 12].map((value) => expect.closeTo(value, 5)),
    );
  });
});

describe('colours', () => {
  const pixels = (): Tensor4D =>
    tensor4d([0.2, 0.4, 0.6, 0.1, 0.1, 0.1, 0.2, 0.4, 0.6, 0.1, 0.1, 0.1], [2, 1, 2, 3]);
  const changed = (transform: RandomTransform, ...draws: number[][]) =>
    augmented(
      pixels(),
      transform,
      tensor2d(draws.map((row) => [...row, ...new Array<number>(8 - row.length).fill(0)])),
    )
      .arraySync()
      .map((image) => image.flat(2));
  const close = (values: number[]) => values.map((value) => expect.closeTo(value, 5));

  it('become brighter or darker by what is drawn for the image, up to white', () => {
    expect(changed({ name: 'colorJitter', brightness: [0.5, 2.5] }, [0], [0.75])).toEqual([
      close([0.1, 0.2, 0.3, 0.05, 0.05, 0.05]),
      close([0.4, 0.8, 1, 0.2, 0.2, 0.2]),
    ]);
  });

  it('move to the mean grey, or to their own', () => {
    const grey = 0.2989 * 0.2 + 0.587 * 0.4 + 0.114 * 0.6;
    const dark = 0.1 * 0.9999;
    const mean = (grey + dark) / 2;
    expect(changed({ name: 'colorJitter', contrast: [0, 0] }, [], [])[0]).toEqual(
      close(new Array(6).fill(mean)),
    );
    expect(changed({ name: 'colorJitter', saturation: [0, 0] }, [], [])[0]).toEqual(
      close([grey, grey, grey, dark, dark, dark]),
    );
  });

  it('turn around the circle of hues', () => {
    // A third of the circle: red becomes green, green blue, and blue red.
    expect(changed({ name: 'colorJitter', hue: [1 / 3, 1 / 3] }, [], [])[0]).toEqual(
      close([0.6, 0.2, 0.4, 0.1, 0.1, 0.1]),
    );
  });

  it('change in the order that is drawn', () => {
    const both: RandomTransform = { name: 'colorJitter', brightness: [10, 10], contrast: [0, 0] };
    // Permutation 0 has brightness first, and number 23, the last, has it last.
    const [first, last] = changed(both, [], [0, 0, 0, 0, 23.5 / 24]);
    expect(first).toEqual(close(new Array(6).fill(0.9999)));
    expect(last).toEqual(close(new Array(6).fill(1)));
  });

  it('of a grey image change in brightness and contrast alone', () => {
    const grey = tensor4d([0.2, 0.4], [1, 1, 2, 1]);
    const jitter: RandomTransform = {
      name: 'colorJitter',
      contrast: [0, 0],
      saturation: [0, 0],
      hue: [0.5, 0.5],
    };
    expect(Array.from(augmented(grey, jitter, tensor2d([new Array(8).fill(0)])).dataSync())).toEqual(
      close([0.3, 0.3]),
    );
  });

  it('get light along the principal components', () => {
    const lighting: RandomTransform = {
      name: 'pcaLighting',
      eigenvalues: [3, 2, 1],
      eigenvectors: [
        [0, 1, 0],
        [1, 0, 0],
        [0, 0, 1],
      ],
      std: 0.5,
    };
    const half = 1 - Math.exp(-0.5); // r(u) = 1
    const draws = tensor2d([
      [half, 0, half, 0.5],
      [half, 0.25, 0, 0],
    ]);
    const made = augmented(pixels(), lighting, draws)
      .arraySync()
      .map((image) => image.flat(2));
    expect(made).toEqual([
      close([0.2, 0.4 + 1.5, 0.6 - 0.5, 0.1, 0.1 + 1.5, 0.1 - 0.5]),
      close([0.2 + 1, 0.4, 0.6, 0.1 + 1, 0.1, 0.1]),
    ]);
  });
});
