import { describe, expect, it } from '@jest/globals';
import { tidy, zeros } from '@tensorflow/tfjs-core';
import type { Dataset, Split, SplitName, Transform } from '../dataset.js';

const splitNames: readonly SplitName[] = ['train', 'valid', 'test'];

/** What every `Dataset` does. */
export function datasetContract(make: () => Dataset): void {
  describe('Dataset contract', () => {
    it('says what it is', () => {
      const { name, classNames, imageShape, config } = make();
      expect(name).toMatch(/^[a-z0-9][a-z0-9-]*$/);
      expect(classNames.length).toBeGreaterThan(0);
      expect(classNames).not.toContain('');
      expect(new Set(classNames).size).toBe(classNames.length);
      expect(imageShape).toHaveLength(3);
      expect(imageShape.every((size) => Number.isInteger(size) && size > 0)).toBe(true);
      expect(JSON.parse(JSON.stringify(config ?? {}))).toEqual(config ?? {});
    });

    describe.each(splitNames)('split %s', (name) => {
      it('holds as many images and labels as it says', async () => {
        const { size, source } = await make().open(name);
        expect(Number.isInteger(size) && size > 0).toBe(true);
        expect(source.labels).toHaveLength(size);
        if (source.kind === 'arrays') {
          const [height, width, channels] = source.shape;
          expect(source.images).toHaveLength(size * height * width * channels);
        } else {
          expect(source.files).toHaveLength(size);
          expect(source.files).not.toContain('');
          expect([1, 3]).toContain(source.channels);
        }
      });

      it('has labels that are indices of class names', async () => {
        const dataset = make();
        const { source } = await dataset.open(name);
        expect([...new Set(source.labels)].filter((label) => !(label in dataset.classNames))).toEqual([]);
      });

      it('transforms its images to the shape that the dataset says', async () => {
        const dataset = make();
        const shape = shapeAfterTransforms(await dataset.open(name));
        expect(shape.map((size, i) => (size === UNKNOWN ? dataset.imageShape[i] : size))).toEqual([
          ...dataset.imageShape,
        ]);
      });

      it('is the same when opened again, by its digest and its content', async () => {
        const [one, other] = [await make().open(name), await make().open(name)];
        expect(one.digest).toMatch(/^[\w-]{1,36}$/);
        expect(other.digest).toBe(one.digest);
        expect(JSON.stringify(other.transforms)).toBe(JSON.stringify(one.transforms));
        expect(firstDifference(imagesOf(one), imagesOf(other))).toBe(-1);
        expect(firstDifference(one.source.labels, other.source.labels)).toBe(-1);
      });
    });

    it('refuses a split that it has not, in one line that names it', async () => {
      const opened = make().open('validation' as SplitName);
      await expect(opened).rejects.toThrow(/^[^\n]*\bvalidation\b[^\n]*$/);
    });
  });
}

/** Height or width of an image that only its file tells. */
const UNKNOWN = -1;

type Shape = readonly [height: number, width: number, channels: number];

function shapeAfterTransforms({ source, transforms }: Split): Shape {
  const shape: Shape = source.kind === 'arrays' ? source.shape : [UNKNOWN, UNKNOWN, source.channels];
  return transforms.reduce(shapeAfter, shape);
}

function shapeAfter(shape: Shape, transform: Transform): Shape {
  const [height, width, channels] = shape;
  const known = !shape.includes(UNKNOWN);
  switch (transform.name) {
    case 'resize': {
      const { size } = transform;
      if (typeof size !== 'number') return [...size, channels];
      const resized = (side: number) => Math.floor((side * size) / Math.min(height, width));
      return known ? [resized(height), resized(width), channels] : shape;
    }
    case 'centerCrop':
    case 'randomCrop':
    case 'randomResizedCrop':
    case 'randomShortSideCrop':
      return [...transform.size, channels];
    case 'pad': {
      const { padding } = transform;
      return known ? [height + 2 * padding, width + 2 * padding, channels] : shape;
    }
    case 'views':
      return [transform.views.length * transform.size[0], transform.size[1], channels];
    case 'scale':
    case 'normalize':
    case 'subtractMeanImage':
    case 'randomHorizontalFlip':
    case 'cutout':
    case 'colorJitter':
    case 'pcaLighting':
    case 'randAugment':
    case 'mixup':
    case 'cutmix':
      return shape;
    case 'map':
      return known ? tidy(() => transform.fn(zeros([...shape])).shape) : shape;
  }
}

const imagesOf = ({ source }: Split) => (source.kind === 'arrays' ? source.images : source.files);

/** Index of the first element that differs, or -1. For arrays that `toEqual` would take minutes to compare. */
function firstDifference(one: ArrayLike<unknown>, other: ArrayLike<unknown>): number {
  const length = Math.max(one.length, other.length);
  for (let i = 0; i < length; i++) if (one[i] !== other[i]) return i;
  return -1;
}
