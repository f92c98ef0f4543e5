import { beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import type { TensorFlowBackend } from './backend.js';
import { cond } from './cond.js';
import { upright } from './exif-orientation.js';
import { decodeBytes } from './image-ops.js';
import { tensorflow, type TensorFlowEngine } from './index.js';
import { decodedPart } from './jpeg-part.js';

let engine: TensorFlowEngine;
beforeAll(async () => {
  engine = await tensorflow();
});
const backend = () => tf.backend() as TensorFlowBackend;

const fixture = (name: string) => readFileSync(new URL(`./fixtures/images/${name}`, import.meta.url));
const { orientations, kinds } = JSON.parse(fixture('orientation.json').toString()) as {
  readonly orientations: readonly { readonly orientation: number; readonly exif: string }[];
  readonly kinds: Readonly<Record<string, { readonly file: string }>>;
};
const turned = (orientation: number) => {
  const colour = fixture('colour.jpg');
  const exif = orientations.find((each) => each.orientation === orientation)!.exif;
  return Buffer.concat([colour.subarray(0, 2), Buffer.from(exif, 'base64'), colour.subarray(2)]);
};

/** A JPEG of coarse noise, which every kind of interpolation shows in. */
function noise(height: number, width: number, chroma_downsampling: boolean): Uint8Array {
  return tf.tidy(() => {
    const pixels = tf.randomUniform([height, width, 3], 0, 255, 'int32', 1);
    const bytes = backend().execute('Cast', [pixels], { DstT: 'uint8' });
    const [file] = backend().execute('EncodeJpeg', bytes, {
      format: 'rgb',
      quality: 90,
      chroma_downsampling,
    });
    return (backend().readSync(file!.dataId) as Uint8Array[])[0]!;
  });
}

type Corners = readonly [top: number, left: number, height: number, width: number];

/** A part, and the same part of the whole. */
async function parts(file: Uint8Array, channels: 1 | 3, corners: Corners): Promise<tf.Tensor[]> {
  const bytes = backend().wrap(backend().runtime.tensor('string', [], [file] as never));
  const compiled = engine.compile((content: tf.Tensor) => {
    const box = () => tf.tensor1d([...corners], 'int32');
    const part = backend().execute('Cast', [decodedPart(content, { channels }, box, tf.zeros([1]))], {
      DstT: 'int32',
    });
    const whole = upright(decodeBytes(content, { channels }), content);
    const [top, left, height, width] = corners;
    return [part[0]!, tf.slice(whole, [top, left, 0], [height, width, channels])];
  });
  const result = await compiled.run(bytes);
  bytes.dispose();
  compiled.dispose();
  return result;
}

async function expectEqual(file: Uint8Array, channels: 1 | 3, corners: Corners): Promise<void> {
  const [part, whole] = await parts(file, channels, corners);
  expect(part!.shape).toEqual(whole!.shape);
  expect(Array.from(part!.dataSync())).toEqual(Array.from(whole!.dataSync()));
  tf.dispose([part!, whole!]);
}

describe('a part of an image has the pixels of the whole', () => {
  it.each<[string, Corners]>([
    ['in the middle', [50, 61, 37, 43]],
    ['at the top left', [0, 0, 5, 7]],
    ['at the bottom right', [149, 188, 2, 2]],
    ['a column', [0, 100, 151, 1]],
    ['all of it', [0, 0, 151, 190]],
  ])('%s', async (_, corners) => {
    await expectEqual(noise(151, 190, true), 3, corners);
    await expectEqual(noise(151, 190, false), 3, corners);
    await expectEqual(noise(151, 190, true), 1, corners);
  });

  it.each<[string, () => Uint8Array, 1 | 3]>([
    ['progressive', () => fixture('progressive.jpg'), 3],
    ['grey, as three channels', () => fixture('grey.jpg'), 3],
    ['a PNG', () => fixture('colour.png'), 3],
    ['turned by a quarter', () => turned(6), 3],
    ['upright, and says so', () => turned(1), 3],
    ...Object.entries(kinds).map(([name, { file }]): [string, () => Uint8Array, 3] => [
      name,
      () => Buffer.from(file, 'base64'),
      3,
    ]),
  ])('%s', async (_, file, channels) => {
    await expectEqual(file(), channels, [2, 3, 5, 4]);
  });

  it.each<[string, Uint8Array]>([
    ['no image', Buffer.from('no image')],
    ['an empty file', Buffer.from('')],
    ['the head of a JPEG', fixture('colour.jpg').subarray(0, 30)],
  ])('%s is an error', async (_, file) => {
    await expect(parts(file, 3, [0, 0, 1, 1])).rejects.toThrow(/image|JPEG/i);
  });
});

describe('cond', () => {
  it('computes one of two', async () => {
    const compiled = engine.compile((x: tf.Tensor) =>
      cond(
        tf.greater(tf.sum(x), 0),
        (y) => tf.mul(y, 2),
        (y) => tf.neg(y),
        [x],
      ),
    );
    for (const [given, expected] of [
      [
        [1, 2],
        [2, 4],
      ],
      [
        [-1, -2],
        [1, 2],
      ],
    ]) {
      const result = await compiled.run(tf.tensor1d(given!));
      expect([...result.dataSync()]).toEqual(expected);
    }
    compiled.dispose();
  });

  it('says what it needs', async () => {
    expect(() => cond(tf.scalar(true), tf.neg, tf.neg, [])).toThrow('cond: nothing is being traced.');
    const outside = tf.scalar(2);
    await backend().read(outside.dataId); // it has a place in TensorFlow's memory
    const compiled = engine.compile((x: tf.Tensor) =>
      cond(
        tf.greater(x, 0),
        (y) => tf.mul(y, x),
        (y) => tf.neg(y),
        [x],
      ),
    );
    await expect(compiled.run(outside)).rejects.toThrow(/another|was not given/);
  });
});
