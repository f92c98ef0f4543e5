import { beforeAll, describe, expect, it } from '@jest/globals';
import type { RandomTransform } from '@paperlab/core';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeImage, readFile, tensorflow } from './index.js';
import { Transforms } from './transforms.js';

/** Images that torchvision made of colour.jpg with these numbers drawn: tools/golden/augmentation.py. */
interface Case {
  readonly transform: RandomTransform;
  /** `[n, numbers]` */
  readonly draws: number[][];
  /** `[n, height, width, channels]` */
  readonly shape: number[];
  /** float32 */
  readonly base64: string;
}

const folder = join(import.meta.dirname, 'fixtures/images');
const { cases } = JSON.parse(readFileSync(join(folder, 'augmented.json'), 'utf8')) as {
  cases: readonly Case[];
};

beforeAll(() => tensorflow());

const valuesOf = ({ base64 }: Case) =>
  new Float32Array(Uint8Array.from(Buffer.from(base64, 'base64')).buffer);
const changesColours = ({ name }: RandomTransform) => name === 'colorJitter' || name === 'pcaLighting';
const isExact = ({ name }: RandomTransform) => name === 'randomCrop' || name === 'randomHorizontalFlip';

/** The photo as a batch of one, 0 to 255; where colours change, the part of it that the fixtures have, 0 to 1. */
function photo(transform: RandomTransform): tf.Tensor4D {
  const image = tf.expandDims(decodeImage(readFile(join(folder, 'colour.jpg')))) as tf.Tensor4D;
  if (!changesColours(transform)) return image;
  return tf.div(tf.slice(image, [0, 4, 4, 0], [1, 8, 10, 3]), 255);
}

/** The largest difference, of pixels from 0 to 1. */
function difference(given: tf.Tensor, fixture: Case): number {
  expect(given.shape).toEqual(fixture.shape);
  const values = given.dataSync();
  const largest = valuesOf(fixture).reduce(
    (most, value, i) => Math.max(most, Math.abs(value - values[i]!)),
    0,
  );
  return changesColours(fixture.transform) ? largest : largest / 255;
}

/** `randomCrop {"size":[16,20],"padding":4}` */
const nameOf = ({ transform: { name, ...options } }: Case) => `${name} ${JSON.stringify(options)}`;

describe('with the same numbers drawn, torchvision makes the same of', () => {
  it.each(cases.map((fixture) => [nameOf(fixture), fixture] as const))('%s', (_, fixture) => {
    const { transform, draws } = fixture;
    const made = tf.tidy(() => {
      const images = draws.map((numbers) => {
        const which = tf.zeros([1], 'int32');
        return new Transforms([transform]).apply(photo(transform), which, [tf.tensor2d([numbers])]);
      });
      return tf.concat(images);
    });
    const error = difference(made, fixture);
    made.dispose();
    if (isExact(transform)) expect(error).toBe(0);
    else expect(error).toBeLessThan(changesColours(transform) ? 1e-5 : 1e-3 / 255);
  });
});
