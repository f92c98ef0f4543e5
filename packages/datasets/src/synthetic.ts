import { parseOptions, wholeNumber } from '@paperlab/core';
import { createCipheriv, createHash } from 'node:crypto';
import { z } from 'zod';
import {
  type ImageDataset,
  type ImageOptions,
  imageDataset,
  imageOptions,
  type PublishedPart,
} from './image-dataset.js';
import type { Shape } from './transforms.js';

/** Options of `synthetic`. */
export interface SyntheticOptions extends ImageOptions {
  /** Of every image: height, width, channels. Default `[32, 32, 3]`. */
  readonly shape?: readonly [height: number, width: number, channels: number];
  /** Default 10. */
  readonly classes?: number;
  /** Images in each of the parts `train` and `test`. Default 1000. */
  readonly examples?: number;
  /** Default 0. */
  readonly seed?: number;
}

const length = wholeNumber(1);
const schema = z.strictObject({
  ...imageOptions,
  shape: z
    .tuple([length, length, length], 'a list of three whole numbers: [height, width, channels]')
    .default([32, 32, 3]),
  classes: length.default(10),
  examples: length.default(1000),
  seed: wholeNumber(0).default(0),
});

/** Squares along each side of a class's pattern. */
const squares = 4;

/**
 * Images made by a seed, for tests and for measuring without downloads. Every class has a pattern of 4×4 coloured
 * squares; an image is its class's pattern and noise, half and half, so that networks can learn it. Labels take turns.
 * @throws if an option is unknown or not allowed
 */
export function synthetic(options: SyntheticOptions = {}): ImageDataset {
  const { shape, classes, examples, seed, ...others } = parseOptions(schema, options, 'synthetic');
  return imageDataset(
    {
      name: 'synthetic',
      classNames: Array.from({ length: classes }, (_, label) => `${label}`),
      shape,
      parts: ['train', 'test'],
      config: { shape, classes, examples, seed },
      read: async (part) => draw(part, shape, classes, examples, seed),
    },
    others,
  );
}

function draw(part: string, shape: Shape, classes: number, examples: number, seed: number): PublishedPart {
  const bytes = shape.reduce((product, size) => product * size, 1);
  const patterns = Array.from({ length: classes }, (_, label) => patternOf(label, shape, seed));
  const images = randomBytes(examples * bytes, seed, part);
  const labels = Int32Array.from({ length: examples }, (_, image) => image % classes);
  labels.forEach((label, image) => {
    const start = image * bytes;
    patterns[label]!.forEach((value, i) => (images[start + i] = (images[start + i]! + value) >> 1));
  });
  const digest = createHash('sha256').update(images).update(labels).digest('hex');
  return { source: { kind: 'arrays', images, shape, labels }, digest };
}

function patternOf(label: number, [height, width, channels]: Shape, seed: number): Uint8Array {
  const colours = randomBytes(squares * squares * channels, seed, `pattern/${label}`);
  return Uint8Array.from({ length: height * width * channels }, (_, i) => {
    const [channel, pixel] = [i % channels, Math.floor(i / channels)];
    const row = Math.floor((Math.floor(pixel / width) * squares) / height);
    const column = Math.floor(((pixel % width) * squares) / width);
    return colours[(row * squares + column) * channels + channel]!;
  });
}

/** The key stream of AES in counter mode: as random as can be, and the fastest that Node has. */
function randomBytes(count: number, seed: number, name: string): Uint8Array {
  const key = createHash('sha256').update(`${seed}/${name}`).digest().subarray(0, 16);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(count));
}
