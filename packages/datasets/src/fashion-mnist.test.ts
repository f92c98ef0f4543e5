import { describe, expect, it } from '@jest/globals';
import { datasetContract } from '@paperlab/core/testing';
import { existsSync } from 'node:fs';
import { fashionMnist } from './fashion-mnist.js';
import { fashionMnistSource } from './sources.js';
import { ownPlaces } from './testing/places.js';

ownPlaces();

it('says what it is', () => {
  expect(fashionMnist({ size: 32 })).toMatchObject({
    name: 'fashion-mnist',
    imageShape: [32, 32, 1],
    config: { size: 32 },
  });
  expect(fashionMnist().classNames).toHaveLength(10);
});

const { name, folder } = fashionMnistSource.debianPackage!;
const [real, why] = existsSync(folder)
  ? [describe, '']
  : [describe.skip, ` (skipped: no ${name} is installed)`];

real(`Fashion-MNIST, from Debian's package${why}`, () => {
  datasetContract(() => fashionMnist());

  it('has the images that everyone has: as many of each class, mean 0.2860', async () => {
    for (const [split, size] of [
      ['train', 60_000],
      ['test', 10_000],
    ] as const) {
      const { source } = await fashionMnist().open(split);
      const counts = new Array<number>(10).fill(0);
      for (const label of source.labels) counts[label]!++;
      expect(counts).toEqual(new Array(10).fill(size / 10));
      if (split === 'test' || source.kind !== 'arrays') continue;
      const sum = source.images.reduce((total, pixel) => total + pixel, 0);
      expect(sum / source.images.length / 255).toBeCloseTo(0.286, 4);
    }
  });
});
