import { describe, expect, it } from '@jest/globals';
import { eager, type Engine, multiCrop, type Split, squareCrops, tenCrop } from '@paperlab/core';
import '@tensorflow/tfjs-backend-cpu';
import { dispose } from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { tensorflow } from './index.js';

// Made by tools/golden/views.py.
const cases = JSON.parse(
  readFileSync(new URL('./fixtures/images/views.json', import.meta.url), 'utf8'),
) as readonly {
  readonly protocol: 'tenCrop' | 'multiCrop' | 'squareCrops';
  readonly options: { readonly size: number; readonly shortSide?: number; readonly shortSides?: number[] };
  readonly image: readonly [height: number, width: number];
  readonly views: number;
  readonly values: string;
}[];

const protocols = { tenCrop, multiCrop, squareCrops };
const engines: readonly (readonly [string, () => Engine | Promise<Engine>])[] = [
  ['TensorFlow', () => tensorflow()],
  ['plain tfjs', () => eager({ backend: 'cpu' })],
];

describe.each(engines)('views by %s are those of torchvision', (_, make) => {
  it.each(cases)('$protocol $options of an image of $image', async (example) => {
    const { protocol, options, image, views, values } = example;
    const { views: parts, size, antialias } = protocols[protocol](options);
    expect(parts).toHaveLength(views);
    const [height, width] = image;
    const images = Uint8Array.from({ length: height * width * 3 }, (_, i) => (i * 7919) % 251);
    const split: Split = {
      size: 1,
      transforms: [{ name: 'views', views: parts, size, antialias }],
      digest: 'views',
      source: { kind: 'arrays', images, shape: [height, width, 3], labels: Int32Array.of(0) },
    };
    const engine = await make();
    const input = await engine.input(split, { batchSize: 1 });
    await input.seek(0);
    const batch = input.next(1);
    expect(batch.images.shape).toEqual([1, views * size[0], size[1], 3]);
    const ours = batch.images.dataSync() as Float32Array;
    const bytes = Buffer.from(values, 'base64');
    const theirs = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    const furthest = ours.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[i]!)), 0);
    expect(furthest).toBeLessThan(0.01); // in 0..255
    dispose({ images: batch.images, labels: batch.labels, waited: batch.waited });
    input.dispose();
    await engine.dispose();
  });
});
