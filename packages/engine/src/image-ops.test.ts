import { beforeAll, describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  centerCrop,
  crop,
  decodeImage,
  decodeJpeg,
  decodePng,
  readFile,
  resizeBilinear,
  tensorflow,
  type TensorFlowEngine,
} from './index.js';
import { encodeImage } from './testing/image-files.js';

let engine: TensorFlowEngine;
beforeAll(async () => {
  engine = await tensorflow();
});

const folder = join(import.meta.dirname, 'fixtures/images');
const path = (file: string) => join(folder, file);
const { pixels } = JSON.parse(readFileSync(path('pixels.json'), 'utf8')) as {
  pixels: Record<string, { dtype: string; shape: number[]; base64: string }>;
};

/** What PIL or torchvision gave. */
function reference(name: string): { shape: number[]; values: number[] } {
  const { dtype, shape, base64 } = pixels[name]!;
  const bytes = Uint8Array.from(Buffer.from(base64, 'base64'));
  return { shape, values: Array.from(dtype === 'uint8' ? bytes : new Float32Array(bytes.buffer)) };
}

/** The largest difference between a tensor, which is disposed, and what PIL or torchvision gave. */
function difference(given: tf.Tensor, name: string): number {
  const { shape, values } = reference(name);
  expect(given.shape).toEqual(shape);
  const numbers = given.dataSync();
  given.dispose();
  return Math.max(...values.map((value, i) => Math.abs(value - numbers[i]!)));
}

const decoded = (file: string, channels: 0 | 1 | 3 = 0) =>
  tf.tidy(() => decodeImage(readFile(path(file)), { channels }));

describe('decoding', () => {
  it.each(['colour.jpg', 'grey.jpg', 'progressive.jpg', 'colour.png', 'grey.png', 'palette.png'])(
    'gives the pixels of %s that PIL gives',
    (file) => {
      const image = decoded(file);
      expect(image.dtype).toBe('int32');
      expect(difference(image, file)).toBe(0);
    },
  );

  it('of PNG alone keeps transparency', () => {
    const alpha = tf.tidy(() => decodePng(readFile(path('alpha.png'))));
    expect(difference(alpha, 'alpha.png')).toBe(0);
    const { values } = reference('alpha.png');
    const opaque = decoded('alpha.png', 3);
    expect(Array.from(opaque.dataSync())).toEqual(values.filter((_, i) => i % 4 < 3));
    opaque.dispose();
  });

  it('gives as many channels as are asked for', () => {
    const { values } = reference('grey.jpg');
    const colour = decoded('grey.jpg', 3);
    expect(Array.from(colour.dataSync())).toEqual(values.flatMap((value) => [value, value, value]));
    const grey = decoded('colour.jpg', 1);
    expect(grey.shape).toEqual([17, 23, 1]);
    tf.dispose([colour, grey]);
  });

  it('of a JPEG can give a fraction of its size', () => {
    const half = tf.tidy(() => decodeJpeg(readFile(path('colour.jpg')), { ratio: 2 }));
    expect(half.shape).toEqual([9, 12, 3]);
    half.dispose();
  });

  it('takes the bytes from anywhere', () => {
    const bytes = tf.tensor([readFileSync(path('colour.png'))] as never, [], 'string');
    expect(difference(decodePng(bytes), 'colour.png')).toBe(0);
    bytes.dispose();
  });

  it('says which file cannot be read, and that bytes are no image', () => {
    expect(() => readFile('/no/such.jpg')).toThrow(/\/no\/such\.jpg; No such file/);
    expect(() => tf.tidy(() => decodeImage(readFile(path('pixels.json'))))).toThrow(
      /Unknown image file format/,
    );
  });
});

describe('resizing', () => {
  const photo = () => tf.tidy(() => tf.cast(decoded('colour.jpg'), 'float32'));

  it.each([
    ['20 26', [20, 26], false],
    ['7 9', [7, 9], false],
    ['7 9 antialias', [7, 9], true],
    ['12', 12, false],
    ['12 antialias', 12, true],
  ] as const)('to %s gives what torchvision gives', (name, size, antialias) => {
    const resized = tf.tidy(() => resizeBilinear(photo(), size, { antialias }));
    expect(difference(resized, `resize ${name}`)).toBeLessThan(1e-3); // of 255
  });

  it('takes integers and batches', () => {
    const resized = tf.tidy(() => {
      const image = decoded('colour.jpg');
      return resizeBilinear(tf.stack([image, image]) as tf.Tensor4D, 12, { antialias: true });
    });
    expect(resized.dtype).toBe('float32');
    const [first, second] = tf.unstack(resized);
    expect(difference(first!, 'resize 12 antialias')).toBeLessThan(1e-3);
    expect(difference(second!, 'resize 12 antialias')).toBeLessThan(1e-3);
    resized.dispose();
  });
});

describe('cropping', () => {
  it.each([
    ['6 10', [6, 10]],
    ['10 16', [10, 16]],
  ] as const)('to %s in the middle gives what torchvision gives', (name, size) => {
    expect(
      difference(
        tf.tidy(() => centerCrop(decoded('colour.jpg'), size)),
        `centerCrop ${name}`,
      ),
    ).toBe(0);
  });

  it('cuts a part out', () => {
    const image = tf.tensor3d([1, 2, 3, 4, 5, 6], [2, 3, 1]);
    const parts = [crop(image, [0, 1], [2, 2]), crop(image, tf.tensor1d([1, 0], 'int32'), [1, 2])];
    expect(parts.map((part) => Array.from(part.dataSync()))).toEqual([
      [2, 3, 5, 6],
      [4, 5],
    ]);
    tf.dispose([image, ...parts]);
  });

  it('refuses a part larger than the image', () => {
    const image = tf.zeros<tf.Rank.R3>([4, 4, 1]);
    expect(() => centerCrop(image, [5, 4])).toThrow('centerCrop to 5 x 4 does not fit an image of 4 x 4.');
    expect(() => crop(image, [1, 0], [4, 4])).toThrow(/^Slice: /);
    image.dispose();
  });
});

describe('in a dataset', () => {
  const files = ['colour.jpg', 'progressive.jpg', 'colour.png'].map(path);
  const images = () =>
    engine.data
      .fromFiles(files)
      .map((file) => centerCrop(resizeBilinear(decodeImage(readFile(file), { channels: 3 }), 12), [8, 8]));

  it('images of unknown size come out with a known one', async () => {
    expect(images().elementSpec).toEqual({ dtype: 'float32', shape: [8, 8, 3] });
    for await (const batch of images().batch(3)) {
      const eager = tf.tidy(() =>
        tf.stack(files.map((file) => centerCrop(resizeBilinear(decodeImage(readFile(file)), 12), [8, 8]))),
      );
      expect(Array.from(batch.dataSync())).toEqual(Array.from(eager.dataSync()));
      tf.dispose([batch, eager]);
    }
  });

  it('of different sizes make no batch', async () => {
    const encoded = [4, 5].map((size) => encodeImage(tf.zeros([size, size, 3]), 'png'));
    const bytes = tf.tensor(encoded as never, [2], 'string');
    const batches = engine.data
      .fromTensorSlices(bytes)
      .map((png) => decodePng(png))
      .batch(2);
    await expect(batches[Symbol.asyncIterator]().next()).rejects.toThrow(/Shapes are: /);
    bytes.dispose();
  });

  it('hold nothing afterwards', async () => {
    const pass = async () => {
      for await (const batch of images().batch(2)) batch.dispose();
      return engine.memory();
    };
    const after = await pass();
    for (let i = 0; i < 5; i++) await pass();
    expect(await pass()).toEqual(after);
  });
});

it('needs the backend tensorflow', async () => {
  await tf.setBackend('cpu');
  expect(() => readFile('x.jpg')).toThrow(
    'readFile needs the backend tensorflow, and tfjs uses cpu. Call tensorflow() first.',
  );
  await tf.setBackend('tensorflow');
});
