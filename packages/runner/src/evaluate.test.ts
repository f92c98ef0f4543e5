import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  centerCropTest,
  denseTest,
  type Split,
  squareCrops,
  tenCrop,
  type TestProtocol,
} from '@paperlab/core';
import { createCanvas } from '@napi-rs/canvas';
import { tensorflow } from '@paperlab/engine';
import { mean, reverse, slice, softmax, stack, type Tensor } from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluate } from './evaluate.js';

const [HEIGHT, WIDTH] = [9, 12];
const labels = Int32Array.from({ length: 7 }, (_, i) => i % 3);
const images = Uint8Array.from({ length: 7 * HEIGHT * WIDTH }, (_, i) => (i * 7919) % 251);
const split: Split = {
  size: 7,
  source: { kind: 'arrays', images, shape: [HEIGHT, WIDTH, 1], labels },
  transforms: [
    { name: 'resize', size: 6 },
    { name: 'centerCrop', size: [4, 4] },
    { name: 'scale', factor: 1 / 255, offset: 0 },
  ],
  digest: 'noise',
};
const build = () =>
  sequential({
    layers: [
      layers.flatten({ inputShape: [4, 4, 1] }),
      layers.dense({ units: 3, kernelInitializer: initializers.randomNormal({ stddev: 1, seed: 3 }) }),
    ],
  });
let model: ReturnType<typeof build>;
beforeAll(async () => {
  await tensorflow();
  model = build();
});

const result = async (testProtocol?: TestProtocol, batchSize?: number, images = split) => {
  const engine = await tensorflow();
  const [device] = await engine.devices();
  return evaluate(model, images, { engine, device: device!, classes: 3, testProtocol, batchSize });
};

it('can be of the first images alone', async () => {
  const engine = await tensorflow();
  const [device] = await engine.devices();
  const of = async (testProtocol?: TestProtocol) =>
    (await evaluate(model, split, { engine, device: device!, classes: 3, testProtocol, take: 5 })).confusion;
  const examples = [2, 2, 1]; // of seven labels 0, 1, 2, 0, …
  for (const protocol of [undefined, centerCropTest({ shortSide: 6, size: 4 })])
    expect((await of(protocol)).map((row) => row.reduce((sum, count) => sum + count))).toEqual(examples);
});

describe('evaluation by a test protocol', () => {
  it("of the centre crop alone is the dataset's own", async () => {
    const [own, centre] = [await result(), await result(centerCropTest({ shortSide: 6, size: 4 }))];
    expect(centre.loss).toBeCloseTo(own.loss, 5);
    expect(centre.confusion).toEqual(own.confusion);
  });

  it('averages softmax outputs over views that are evaluated one by one', async () => {
    const protocol = tenCrop({ shortSide: 6, size: 4 });
    // By image 0 alone, whose loss is that of the mean probability of its label.
    const first = {
      ...split,
      size: 1,
      source: { ...split.source, images: images.subarray(0, HEIGHT * WIDTH), labels: labels.subarray(0, 1) },
    } as Split;
    const [whole, ...each] = await Promise.all(
      [protocol, ...protocol.views.map((view) => ({ ...protocol, views: [view] }))].map((given) =>
        result(given, undefined, first),
      ),
    );
    const mean = each.reduce((sum, { loss }) => sum + Math.exp(-loss), 0) / each.length;
    expect(whole!.loss).toBeCloseTo(-Math.log(mean), 5);
    expect(new Set(each.map(({ loss }) => loss)).size).toBe(10);
  });

  it('does not depend on how many images are shown at once', async () => {
    const protocol = squareCrops({ shortSides: [6, 8], size: 4 });
    const [few, many] = [await result(protocol, 1), await result(protocol, 1000)];
    expect(few.loss).toBeCloseTo(many.loss, 5);
    expect(few.confusion).toEqual(many.confusion);
  });

  it('is refused where a function sees the images', async () => {
    const mapped: Split = { ...split, transforms: [{ name: 'map', label: 'edges', fn: (image) => image }] };
    const engine = await tensorflow();
    const [device] = await engine.devices();
    await expect(
      evaluate(model, mapped, { engine, device: device!, classes: 3, testProtocol: tenCrop({ size: 4 }) }),
    ).rejects.toThrow(
      'testProtocol ten-crop changes the images that edges is given: it cannot be used with it',
    );
  });

  it('dense: the last layers slide over the maps of an image of any size, and its mirror image', async () => {
    const protocol = denseTest({ shortSides: [6] });
    const dense = await result(protocol);
    // Every place of a 4×4 part in an image of 6×8, as a crop of its own: the mean of their logits.
    const engine = await tensorflow();
    const input = await engine.input(
      { ...split, transforms: [{ name: 'resize', size: 6 }, split.transforms[2]!] },
      { batchSize: 7 },
    );
    await input.seek(0);
    const { images: all, labels: known } = input.next(7);
    const [, height, width] = all.shape as [number, number, number];
    expect([height, width]).toEqual([6, 8]);
    const logitsOf = (shown: Tensor) => {
      const places = Array.from({ length: 3 * 5 }, (_, i) => [Math.floor(i / 5), i % 5] as const);
      const parts = places.map(([row, column]) =>
        model.predict(slice(shown, [0, row, column, 0], [-1, 4, 4, 1])),
      );
      return mean(stack(parts as Tensor[]), 0);
    };
    const probabilities = mean(stack([all, reverse(all, 2)].map((side) => softmax(logitsOf(side)))), 0);
    const rows = (await probabilities.array()) as number[][];
    const loss = rows.reduce((sum, row, i) => sum - Math.log(row[known.dataSync()[i]!]!), 0) / 7;
    expect(dense.loss).toBeCloseTo(loss, 5);
    input.dispose();
  });

  it('dense: images of different sizes in files, one after the other', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'paperlab-dense-'));
    const sizes = [
      [9, 12],
      [15, 7],
    ] as const;
    const files = await Promise.all(
      sizes.map(async ([height, width], i) => {
        const canvas = createCanvas(width, height);
        canvas.getContext('2d').fillStyle = ['#804020', '#2080c0'][i]!;
        canvas.getContext('2d').fillRect(0, 0, width, height);
        const file = join(folder, `${i}.png`);
        await writeFile(file, canvas.toBuffer('image/png'));
        return file;
      }),
    );
    const inFiles: Split = {
      ...split,
      size: 2,
      source: { kind: 'files', files, channels: 1, labels: Int32Array.of(0, 1) },
    };
    const protocol = denseTest({ shortSides: [5, 6] });
    const dense = await result(protocol, undefined, inFiles);
    // They are of one colour, so that every part says the same.
    const centre = await result(centerCropTest({ shortSide: 5, size: 4 }), undefined, inFiles);
    expect(dense.loss).toBeCloseTo(centre.loss, 4);
    await rm(folder, { recursive: true });
  });
});
