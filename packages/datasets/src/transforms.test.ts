import { describe, expect, it } from '@jest/globals';
import type { Transform } from '@paperlab/core';
import { described, forEvaluation, type Shape, shapeAfter } from './transforms.js';

const image: Shape = [32, 48, 3];
const unknown: Shape = [-1, -1, 3];
const after = (transforms: unknown[], from = image) => shapeAfter(from, transforms as Transform[], 'digits');
const map: Transform = { name: 'map', label: 'negative', fn: (pixels) => pixels };

const lighting: Transform = {
  name: 'pcaLighting',
  eigenvalues: [3, 2, 1],
  eigenvectors: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
};
const meanImage = (shape: Shape): Transform => ({
  name: 'subtractMeanImage',
  shape,
  values: new Array<number>(shape[0] * shape[1] * shape[2]).fill(0.5),
});
const toUnit: Transform = { name: 'scale', factor: 1 / 255, offset: 0 };
const toByte: Transform = { name: 'scale', factor: 255, offset: 0 };
const normalize: Transform = { name: 'normalize', mean: [0, 0, 0], std: [1, 1, 1] };
const jitter: Transform = { name: 'colorJitter', brightness: 0.4, hue: [-0.1, 0.5] };

describe('the shape of images', () => {
  it.each<[Shape, Transform, Shape]>([
    [image, { name: 'resize', size: [10, 20] }, [10, 20, 3]],
    [image, { name: 'resize', size: 64 }, [64, 96, 3]],
    [image, { name: 'resize', size: 33 }, [33, 49, 3]],
    [image, { name: 'centerCrop', size: [32, 32] }, [32, 32, 3]],
    [image, { name: 'pad', padding: 2 }, [image[0] + 4, image[1] + 4, 3]],
    [unknown, { name: 'pad', padding: 2 }, unknown],
    [image, { name: 'scale', factor: 2, offset: 1 }, image],
    [image, { name: 'normalize', mean: [0, 0, 0], std: [1, 1, 1] }, image],
    [image, map, image],
    [image, { name: 'randomHorizontalFlip' }, image],
    [image, { name: 'randomCrop', size: [40, 56], padding: 4 }, [40, 56, 3]],
    [image, { name: 'cutout', size: 16 }, image],
    [image, { name: 'randomResizedCrop', size: [64, 50] }, [64, 50, 3]],
    [unknown, { name: 'randomResizedCrop', size: [64, 50] }, [64, 50, 3]],
    [unknown, { name: 'randomShortSideCrop', shortSide: [40, 80], size: [40, 30] }, [40, 30, 3]],
    [unknown, lighting, unknown],
    [unknown, meanImage([2, 1, 3]), [2, 1, 3]],
    [unknown, { name: 'resize', size: [10, 20] }, [10, 20, 3]],
    [unknown, { name: 'resize', size: 64 }, unknown],
    [unknown, { name: 'centerCrop', size: [10, 20] }, [10, 20, 3]],
    [unknown, { name: 'randomCrop', size: [10, 20] }, [10, 20, 3]],
  ])('%j after %j is %j', (from, transform, to) => {
    expect(after([transform], from)).toEqual(to);
  });

  it('follows from all transforms, one after the other', () => {
    expect(
      after([
        { name: 'resize', size: 64 },
        { name: 'centerCrop', size: [50, 40] },
      ]),
    ).toEqual([50, 40, 3]);
  });
});

it('colours are jittered where pixels are from 0 to 1', () => {
  const flip: Transform = { name: 'randomHorizontalFlip' };
  expect(after([toUnit, flip, jitter, normalize])).toEqual(image);
  expect(after([toUnit, toByte, toUnit, jitter])).toEqual(image);
  expect(after([{ name: 'scale', factor: -1 / 255, offset: 1 }, jitter])).toEqual(image);
  for (const before of [[], [toUnit, normalize], [toUnit, toUnit], [toUnit, map], [toByte]]) {
    expect(() => after([...before, jitter])).toThrow(
      new Error(
        'transform colorJitter of digits takes pixels from 0 to 1; ' +
          "put { name: 'scale', factor: 1 / 255, offset: 0 } before it, and normalize behind",
      ),
    );
  }
});

it('RandAugment is done where pixels are from 0 to 255', () => {
  const randAugment: Transform = { name: 'randAugment' };
  const part: Transform = { name: 'randomResizedCrop', size: [32, 48] };
  expect(after([part, randAugment, toUnit, normalize])).toEqual(image);
  expect(after([toUnit, toByte, { ...randAugment, numOps: 3, magnitude: 5, fill: [1, 2, 3] }])).toEqual(
    image,
  );
  for (const before of [[toUnit], [normalize], [toUnit, normalize], [map]]) {
    expect(() => after([...before, randAugment])).toThrow(
      new Error(
        'transform randAugment of digits takes pixels from 0 to 255; put it before scale and normalize',
      ),
    );
  }
});

it('where images are evaluated, a resize and the middle take the place of random parts', () => {
  const cutout: Transform = { name: 'cutout', size: 8 };
  const antialias = true;
  expect(
    forEvaluation([
      { name: 'randomResizedCrop', size: [224, 224], antialias },
      cutout,
      toUnit,
      jitter,
      normalize,
    ]),
  ).toEqual([
    { name: 'resize', size: 256, antialias },
    { name: 'centerCrop', size: [224, 224] },
    toUnit,
    normalize,
  ]);
  expect(
    forEvaluation([{ name: 'randomShortSideCrop', shortSide: [256, 512], size: [224, 200] }, map]),
  ).toEqual([{ name: 'resize', size: 384 }, { name: 'centerCrop', size: [224, 200] }, map]);
});

it('a mean image is recorded by its sha256', () => {
  expect(described([meanImage([1, 1, 3])])).toEqual([
    {
      name: 'subtractMeanImage',
      shape: [1, 1, 3],
      sha256: 'fbfe4ca61ec299680879894a16ca776f81f23454312659ac8736249aa1e9722b',
    },
  ]);
});

it('a function is recorded by its label', () => {
  expect(described([map, { name: 'cutout', size: 8 }])).toEqual([
    { name: 'map', label: 'negative' },
    { name: 'cutout', size: 8 },
  ]);
});

it('lighting and jitter are of images that have colours', () => {
  expect(() => after([lighting], [8, 8, 1])).toThrow(
    new Error('transform pcaLighting of digits takes images of 3 channels, not of 1'),
  );
  expect(after([toUnit, jitter], [8, 8, 1])).toEqual([8, 8, 1]);
  expect(() => after([toUnit, jitter], [8, 8, 2])).toThrow(
    new Error('transform colorJitter of digits takes images of 1 or 3 channels, not of 2'),
  );
});

it('images are mixed when they are ready, and only once', () => {
  const mixup: Transform = { name: 'mixup', alpha: 0.2 };
  const cutmix: Transform = { name: 'cutmix', alpha: 1 };
  expect(after([toUnit, normalize, cutmix])).toEqual(image);
  expect(forEvaluation([toUnit, mixup])).toEqual([toUnit]);
  for (const transforms of [
    [mixup, toUnit],
    [mixup, cutmix],
  ]) {
    expect(() => after(transforms)).toThrow(
      new Error(
        'transform mixup of digits must be the last one: it mixes images that are ready, and only once',
      ),
    );
  }
});

describe('transforms are refused', () => {
  const names =
    'resize, centerCrop, pad, scale, normalize, subtractMeanImage, views, map, randomHorizontalFlip, randomCrop, cutout, ' +
    'randomResizedCrop, randomShortSideCrop, colorJitter, pcaLighting, randAugment, mixup, cutmix';
  it.each<[unknown, string]>([
    [{ name: 'flip' }, `a transform of digits has the name "flip"; there are ${names}`],
    [{}, `a transform of digits has the name undefined; there are ${names}`],
    [null, `a transform of digits has the name undefined; there are ${names}`],
    [{ name: 'toString' }, `a transform of digits has the name "toString"; there are ${names}`],
    [
      { name: 'randAugment', magnitude: 31 },
      'transform randAugment of digits has magnitude 31 of 31 bins; it must be at most 30',
    ],
    [
      { name: 'randAugment', fill: [1, 2] },
      'transform randAugment of digits has 2 numbers to fill with; the images have 3 channels',
    ],
    [
      { name: 'randAugment', fill: 256 },
      'fill in transform randAugment of digits is 256; it must be a whole number from 0 to 255, or a list of one for each ' +
        'channel',
    ],
    [
      { name: 'randAugment', numOps: 1.5 },
      'numOps in transform randAugment of digits is 1.5; it must be a whole number, 0 or more',
    ],
    [
      { name: 'resize', size: 0 },
      'size in transform resize of digits is 0; it must be a whole number of pixels, 1 or more, or a list of two: ' +
        '[height, width]',
    ],
    [
      { name: 'randomCrop', size: 32 },
      'size in transform randomCrop of digits is 32; it must be a list of two whole numbers: [height, width]',
    ],
    [
      { name: 'randomCrop', size: [32, 32], paddin: 4 },
      'unknown key "paddin" in transform randomCrop of digits; did you mean "padding"?',
    ],
    [
      { name: 'randomCrop', size: [41, 32], padding: 4 },
      'transform randomCrop of digits takes 41×32 pixels of an image of 40×56, padding included',
    ],
    [
      { name: 'centerCrop', size: [32, 49] },
      'transform centerCrop of digits takes 32×49 pixels of an image of 32×48',
    ],
    [
      { name: 'randomHorizontalFlip', p: 1.5 },
      'p in transform randomHorizontalFlip of digits is 1.5; it must be a number from 0 to 1',
    ],
    [
      { name: 'normalize', mean: [0.5], std: [0.5] },
      'transform normalize of digits has 1 means and 1 deviations; the images have 3 channels',
    ],
    [
      { name: 'normalize', mean: [0, 0, 0], std: [1, 0, 1] },
      'std[1] in transform normalize of digits is 0; it must be a number above 0',
    ],
    [{ name: 'scale', factor: 2 }, 'offset is missing from transform scale of digits; it must be a number'],
    [{ name: 'map', label: 'x', fn: 3 }, 'fn in transform map of digits is 3; it must be a function'],
    [{ name: 'mixup', alpha: 0 }, 'alpha in transform mixup of digits is 0; it must be a number above 0'],
    [{ name: 'cutmix' }, 'alpha is missing from transform cutmix of digits; it must be a number above 0'],
    [
      { name: 'cutout', size: 0 },
      'size in transform cutout of digits is 0; it must be a whole number, 1 or more',
    ],
    [
      { name: 'randomResizedCrop', size: [8, 8], scale: [0, 1] },
      'scale in transform randomResizedCrop of digits is a list of 2; it must be a list of two numbers above 0, the smaller first',
    ],
    [
      { name: 'randomResizedCrop', size: [8, 8], ratio: [2, 1] },
      'ratio in transform randomResizedCrop of digits is a list of 2; it must be a list of two numbers above 0, the smaller first',
    ],
    [
      { name: 'randomShortSideCrop', shortSide: 256, size: [8, 8] },
      'shortSide in transform randomShortSideCrop of digits is 256; it must be a list of two whole numbers of pixels, ' +
        'the smaller first',
    ],
    [
      { name: 'randomShortSideCrop', shortSide: [24, 30], size: [25, 8] },
      'transform randomShortSideCrop of digits takes 25×8 pixels of images whose shorter side may have 24',
    ],
    [
      { name: 'colorJitter', contrast: -1 },
      'contrast in transform colorJitter of digits is -1; it must be a number, 0 or more, or a list of two, 0 or more, ' +
        'the smaller first',
    ],
    [
      { name: 'colorJitter', hue: [-0.6, 0] },
      'hue in transform colorJitter of digits is a list of 2; it must be a number, 0 or more and at most 0.5, or a list ' +
        'of two, from -0.5 to 0.5, the smaller first',
    ],
    [
      { ...lighting, eigenvalues: [1, 2] },
      'eigenvalues in transform pcaLighting of digits is a list of 2; it must be a list of three',
    ],
    [
      meanImage([32, 32, 3]),
      'transform subtractMeanImage of digits has an image of 32×32×3; the images are 32×48×3',
    ],
    [
      { ...meanImage([32, 48, 3]), values: [0.5] },
      'transform subtractMeanImage of digits has 1 values, which make no image of 32×48×3',
    ],
  ])('%j', (transform, message) => {
    expect(() => after([transform])).toThrow(new Error(message));
  });
});
