import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import { setBackend, tensor2d, tensor4d } from '@tensorflow/tfjs-core';
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
});
