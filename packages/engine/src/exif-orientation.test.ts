import { beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { upright } from './exif-orientation.js';
import { decodeImage, tensorflow, type TensorFlowEngine } from './index.js';
import type { TensorFlowBackend } from './backend.js';

const images = new URL('./fixtures/images/', import.meta.url);
const colour = readFileSync(new URL('colour.jpg', images));
// Made by tools/golden/orientation.py.
const { orientations, kinds } = JSON.parse(readFileSync(new URL('orientation.json', images), 'utf8')) as {
  readonly orientations: readonly {
    readonly order: 'II' | 'MM';
    readonly orientation: number;
    readonly exif: string;
    readonly shape: readonly number[];
    readonly sha256: string;
  }[];
  readonly kinds: Readonly<
    Record<string, { readonly file: string; readonly shape: number[]; readonly pixels: string }>
  >;
};

let engine: TensorFlowEngine;
beforeAll(async () => {
  engine = await tensorflow();
});

/** A file decoded and turned, as the input draws it. */
async function shown(bytes: Uint8Array): Promise<{ shape: number[]; pixels: Uint8Array }> {
  const runtime = (tf.backend() as TensorFlowBackend).runtime;
  const content = (tf.backend() as TensorFlowBackend).wrap(runtime.tensor('string', [], [bytes] as never));
  const compiled = engine.compile((file: tf.Tensor) => upright(decodeImage(file, { channels: 3 }), file));
  const image = await compiled.run(content);
  const result = { shape: image.shape, pixels: Uint8Array.from(image.dataSync()) };
  tf.dispose([image, content]);
  compiled.dispose();
  return result;
}

describe('an image is shown as PIL turns it', () => {
  it.each(orientations)('$order, orientation $orientation', async ({ exif, shape, sha256 }) => {
    const file = Buffer.concat([colour.subarray(0, 2), Buffer.from(exif, 'base64'), colour.subarray(2)]);
    const { shape: ours, pixels } = await shown(file);
    expect(ours).toEqual(shape);
    expect(createHash('sha256').update(pixels).digest('hex')).toBe(sha256);
  });

  it('without an orientation as it is, PNG too', async () => {
    const png = readFileSync(new URL('colour.png', images));
    for (const file of [colour, png]) {
      const plain = tf.tidy(() =>
        decodeImage(tf.scalar(file as never, 'string'), { channels: 3 }).dataSync(),
      );
      expect((await shown(file)).pixels).toEqual(Uint8Array.from(plain));
    }
  });
});

describe('a JPEG is decoded to what PIL makes RGB of it', () => {
  it.each(Object.entries(kinds))('%s', async (_, { file, shape, pixels }) => {
    const ours = await shown(Buffer.from(file, 'base64'));
    expect(ours.shape).toEqual(shape);
    const theirs = Buffer.from(pixels, 'base64');
    const furthest = ours.pixels.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i]!)), 0);
    expect(furthest).toBeLessThanOrEqual(1); // CMYK is multiplied out, and rounded
  });
});
