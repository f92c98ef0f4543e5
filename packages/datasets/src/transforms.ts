import {
  isRandomTransform,
  type JitterRange,
  mixingOf,
  parseOptions,
  type Transform,
  wholeNumber,
} from '@paperlab/core';
import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Of an image; -1 where only its file tells. */
export type Shape = readonly [height: number, width: number, channels: number];

const unknown = -1;

/** Where in a list pixels are from 0 to some number. */
const placesOfPixels = {
  1: "put { name: 'scale', factor: 1 / 255, offset: 0 } before it, and normalize behind",
  255: 'put it before scale and normalize',
};

/** What is known of a kind of transform. */
interface Rule<T extends Transform> {
  readonly schema: z.ZodObject;
  /** Shape of the result. Default: that of the image. Throws with what is wrong, to be read after the name. */
  shape?(image: Shape, transform: T): Shape;
  /** What its pixels must be from and to. */
  readonly pixels?: keyof typeof placesOfPixels;
  /** What takes its place where images are evaluated. Default: nothing for a random transform, itself for others. */
  forEvaluation?(transform: T): readonly Transform[];
}

const number = z.number('a number');
const numbers = z.array(number, 'a list of numbers');
const positive = z.number('a number above 0').gt(0, 'a number above 0');
const deviations = z.array(positive, 'a list of numbers');
const length = (value: unknown) => Number.isInteger(value) && (value as number) >= 1;
const pair = (value: unknown) => Array.isArray(value) && value.length === 2 && value.every(length);
const size = z.custom<readonly [number, number]>(pair, 'a list of two whole numbers: [height, width]');
/** Checks a size in pixels. */
export const sizeOrSide = z.custom<number | readonly [height: number, width: number]>(
  (value) => length(value) || pair(value),
  'a whole number of pixels, 1 or more, or a list of two: [height, width]',
);
const antialias = z.boolean('true or false').optional();
const share = 'a number from 0 to 1';

type Range = readonly [least: number, most: number];

const isRange = (value: unknown, least: number, most: number): value is Range =>
  Array.isArray(value) &&
  value.length === 2 &&
  value.every(Number.isFinite) &&
  least <= value[0] &&
  value[0] <= value[1] &&
  value[1] <= most;

/** Two numbers above `least`. */
const range = (least: number, most: number) =>
  z.custom<Range>(
    (value) => isRange(value, least, most) && value[0] > least,
    `a list of two numbers above ${least}, the smaller first`,
  );

/** A range of factors or turns, or one number for one around that which changes nothing. */
function jitter(least: number, most: number) {
  const limits = most === Infinity ? `${least} or more` : `from ${least} to ${most}`;
  return z.custom<JitterRange>(
    (value) => (typeof value === 'number' && value >= 0 && value <= most) || isRange(value, least, most),
    `a number, 0 or more${most === Infinity ? '' : ` and at most ${most}`}, or a list of two, ${limits}, the smaller first`,
  );
}

const three = <Item extends z.ZodType>(item: Item) =>
  z.array(item, 'a list of three').length(3, 'a list of three');
const sides = z.custom<Range>(
  (value) => pair(value) && isRange(value, 1, Infinity),
  'a list of two whole numbers of pixels, the smaller first',
);
const byte = (value: unknown) =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255;
const fill = z.custom<number | readonly number[]>(
  (value) => byte(value) || (Array.isArray(value) && value.length > 0 && value.every(byte)),
  'a whole number from 0 to 255, or a list of one for each channel',
);
const options = <Fields extends z.core.$ZodShape>(fields: Fields) =>
  z.strictObject({ name: z.string(), ...fields });

const mixing = { schema: options({ alpha: positive }) };

const rules: { readonly [Name in Transform['name']]: Rule<Extract<Transform, { name: Name }>> } = {
  resize: {
    schema: options({
      size: sizeOrSide,
      antialias,
    }),
    shape([height, width, channels], { size }) {
      if (typeof size !== 'number') return [...size, channels];
      if (height === unknown || width === unknown) return [unknown, unknown, channels];
      const side = (length: number) => Math.floor((length * size) / Math.min(height, width));
      return [side(height), side(width), channels];
    },
  },
  centerCrop: { schema: options({ size }), shape: (image, { size }) => cropped(image, size) },
  pad: {
    schema: options({ padding: wholeNumber(0) }),
    shape([height, width, channels], { padding }) {
      const padded = (length: number) => (length === unknown ? unknown : length + 2 * padding);
      return [padded(height), padded(width), channels];
    },
  },
  scale: { schema: options({ factor: number, offset: number }) },
  normalize: {
    schema: options({ mean: numbers, std: deviations }),
    shape(image, { mean, std }) {
      const channels = image[2];
      if (mean.length === channels && std.length === channels) return image;
      throw new Error(
        `has ${mean.length} means and ${std.length} deviations; the images have ${channels} channels`,
      );
    },
  },
  subtractMeanImage: {
    schema: options({
      shape: z.custom<Shape>(
        (value) => Array.isArray(value) && value.length === 3 && value.every(length),
        'a list of three whole numbers: [height, width, channels]',
      ),
      values: numbers,
    }),
    shape(image, { shape, values }) {
      if (values.length !== shape[0] * shape[1] * shape[2]) {
        throw new Error(`has ${values.length} values, which make no image of ${shape.join('×')}`);
      }
      if (image.every((length, i) => length === unknown || length === shape[i])) return shape;
      throw new Error(`has an image of ${shape.join('×')}; the images are ${image.join('×')}`);
    },
  },
  views: {
    schema: options({ views: z.array(z.custom()).min(1), size, antialias }),
    shape: (image, { views, size: [height, width] }) => [views.length * height, width, image[2]],
  },
  map: {
    // That it keeps the shape is all that can be known without running it.
    schema: options({
      label: z.string('text'),
      fn: z.custom((fn) => typeof fn === 'function', 'a function'),
    }),
  },
  randomHorizontalFlip: {
    schema: options({ p: z.number(share).min(0, share).max(1, share).optional() }),
  },
  randomCrop: {
    schema: options({ size, padding: wholeNumber(0).optional() }),
    shape: (image, { size, padding = 0 }) => cropped(image, size, padding),
  },
  cutout: { schema: options({ size: wholeNumber(1) }) },
  randomResizedCrop: {
    schema: options({
      size,
      scale: range(0, Infinity).optional(),
      ratio: range(0, Infinity).optional(),
      antialias,
    }),
    shape: ([, , channels], { size }) => [...size, channels],
    forEvaluation({ size, antialias }) {
      const whole: Transform = {
        name: 'resize',
        size: Math.round((Math.max(...size) * 256) / 224),
        antialias,
      };
      return [whole, { name: 'centerCrop', size }];
    },
  },
  randomShortSideCrop: {
    schema: options({ shortSide: sides, size, antialias }),
    shape([, , channels], { shortSide, size }) {
      if (Math.max(...size) <= shortSide[0]) return [...size, channels];
      throw new Error(`takes ${size.join('×')} pixels of images whose shorter side may have ${shortSide[0]}`);
    },
    forEvaluation({ shortSide: [least, most], size, antialias }) {
      return [
        { name: 'resize', size: Math.round((least + most) / 2), antialias },
        { name: 'centerCrop', size },
      ];
    },
  },
  colorJitter: {
    schema: options({
      brightness: jitter(0, Infinity).optional(),
      contrast: jitter(0, Infinity).optional(),
      saturation: jitter(0, Infinity).optional(),
      hue: jitter(-0.5, 0.5).optional(),
    }),
    pixels: 1,
    shape(image) {
      if (image[2] === 1 || image[2] === 3) return image;
      throw new Error(`takes images of 1 or 3 channels, not of ${image[2]}`);
    },
  },
  pcaLighting: {
    schema: options({
      eigenvalues: three(number),
      eigenvectors: three(three(number)),
      std: z.number('a number, 0 or more').min(0, 'a number, 0 or more').optional(),
    }),
    shape(image) {
      if (image[2] === 3) return image;
      throw new Error(`takes images of 3 channels, not of ${image[2]}`);
    },
  },
  randAugment: {
    schema: options({
      numOps: wholeNumber(0).optional(),
      magnitude: wholeNumber(0).optional(),
      numMagnitudeBins: wholeNumber(2).optional(),
      fill: fill.optional(),
    }),
    pixels: 255,
    shape(image, { magnitude = 9, numMagnitudeBins = 31, fill = 0 }) {
      const channels = image[2];
      if (channels !== 1 && channels !== 3) {
        throw new Error(`takes images of 1 or 3 channels, not of ${channels}`);
      }
      if (magnitude >= numMagnitudeBins) {
        throw new Error(
          `has magnitude ${magnitude} of ${numMagnitudeBins} bins; it must be at most ${numMagnitudeBins - 1}`,
        );
      }
      if (typeof fill === 'number' || fill.length === channels) return image;
      throw new Error(`has ${fill.length} numbers to fill with; the images have ${channels} channels`);
    },
  },
  mixup: mixing,
  cutmix: mixing,
};

function cropped([height, width, channels]: Shape, size: readonly [number, number], padding = 0): Shape {
  const fits = (length: number, part: number) => length === unknown || part <= length + 2 * padding;
  if (fits(height, size[0]) && fits(width, size[1])) return [...size, channels];
  throw new Error(
    `takes ${size.join('×')} pixels of an image of ${height + 2 * padding}×${width + 2 * padding}` +
      (padding > 0 ? ', padding included' : ''),
  );
}

/**
 * Shape of images after some transforms.
 * @param owner whose transforms they are, for messages
 * @throws if one is not known, has wrong values, does not fit the images or their pixels, or is not the last one where it must be
 */
export function shapeAfter(image: Shape, transforms: readonly Transform[], owner: string): Shape {
  let pixels: PixelRange = [0, 255];
  const after = transforms.reduce<Shape>((shape, transform) => {
    const { name } = transform ?? {};
    if (!Object.hasOwn(rules, name)) {
      const known = Object.keys(rules).join(', ');
      throw new Error(`a transform of ${owner} has the name ${JSON.stringify(name)}; there are ${known}`);
    }
    const rule = rules[name] as Rule<Transform>;
    parseOptions(rule.schema, transform, `transform ${name} of ${owner}`);
    if (rule.pixels && pixels.join() !== `0,${rule.pixels}`) {
      throw new Error(
        `transform ${name} of ${owner} takes pixels from 0 to ${rule.pixels}; ${placesOfPixels[rule.pixels]}`,
      );
    }
    pixels = pixelsAfter(pixels, transform);
    try {
      return rule.shape?.(shape, transform) ?? shape;
    } catch (error) {
      throw new Error(`transform ${name} of ${owner} ${(error as Error).message}`);
    }
  }, image);
  mixingOf(transforms, owner);
  return after;
}

/** From the least pixel that may be to the most; empty where that is not known. */
type PixelRange = readonly number[];

function pixelsAfter(pixels: PixelRange, transform: Transform): PixelRange {
  switch (transform.name) {
    case 'scale': {
      // In single precision, as engines do it: 255 times 1/255 is 1.
      const scaled = pixels.map((value) => Math.fround(value * transform.factor + transform.offset));
      return scaled.toSorted((a, b) => a - b);
    }
    case 'normalize':
    case 'subtractMeanImage':
    case 'map':
      return [];
    default:
      return pixels;
  }
}

/** Transforms of images that are evaluated: none that is random, and what takes the place of those that make a size. */
export const forEvaluation = (transforms: readonly Transform[]): Transform[] =>
  transforms.flatMap((transform) => {
    const rule = rules[transform.name] as Rule<Transform>;
    return rule.forEvaluation?.(transform) ?? (isRandomTransform(transform) ? [] : [transform]);
  });

/** Transforms as plain data, for records: a function by its label, an image by its sha256. */
export const described = (transforms: readonly Transform[]) =>
  transforms.map((transform) => {
    switch (transform.name) {
      case 'map':
        return { name: transform.name, label: transform.label };
      case 'subtractMeanImage': {
        const { name, shape, values } = transform;
        return { name, shape, sha256: createHash('sha256').update(Float32Array.from(values)).digest('hex') };
      }
      default:
        return transform;
    }
  });
