import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  eager,
  type Engine,
  initialize,
  type InputOptions,
  labelSmoothing,
  type MixingTransform,
  sgd,
  type Split,
  trainedWeights,
  TrainStep,
  type Transform,
} from '@paperlab/core';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tensorflow, type TensorFlowEngine } from './index.js';
import { writeImage } from './testing/image-files.js';

const SIZE = 30;
const [H, W, C] = [9, 7, 3];
const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);
const pixelsOf = (i: number) => numbers(H * W * C).map((j) => 1 + ((i * 53 + j * 7) % 255));

let engine: TensorFlowEngine;
let folder: string;
let files: string[];
beforeAll(async () => {
  engine = await tensorflow();
  folder = await mkdtemp(join(tmpdir(), 'paperlab-mixing-'));
  files = numbers(SIZE).map((i) => join(folder, `${i}.png`));
  for (const [i, file] of files.entries()) {
    const image = tf.tensor3d(pixelsOf(i), [H, W, C], 'int32');
    await writeImage(file, image);
    image.dispose();
  }
});
afterAll(() => rm(folder, { recursive: true }));

const labels = Int32Array.from(numbers(SIZE));
const flip: Transform = { name: 'randomHorizontalFlip' };
const toUnit: Transform = { name: 'scale', factor: 1 / 255, offset: 0 };
const mixup: MixingTransform = { name: 'mixup', alpha: 0.2 };
const cutmix: MixingTransform = { name: 'cutmix', alpha: 1 };

const inFiles = (transforms: readonly Transform[], paths = files): Split => ({
  size: paths.length,
  source: { kind: 'files', files: paths, channels: 3, labels: labels.subarray(0, paths.length) },
  transforms,
  digest: 'x',
});
const images = Uint8Array.from(numbers(SIZE).flatMap(pixelsOf));
const inMemory = (transforms: readonly Transform[]): Split => ({
  ...inFiles(transforms),
  source: { kind: 'arrays', images, shape: [H, W, C], labels },
});

interface Example {
  readonly image: number[];
  readonly other: number;
  readonly share: number;
}

/** The examples of an epoch, by number: drawn in compiled functions, as steps draw them. */
async function draw(
  of: Split,
  options: InputOptions,
  { epoch = 2, batch = 0, by = engine as Engine } = {},
): Promise<Map<number, Example>> {
  await by.devices();
  const input = await by.input(of, options);
  const examples = new Map<number, Example>();
  try {
    const compiled = new Map<number, ReturnType<typeof drawing>>();
    const drawing = (size: number) =>
      by.compile(() => {
        const { images, labels, mix } = input.next(size);
        return { images, labels, mix };
      });
    await input.seek(epoch, batch);
    for (; batch < input.batches; batch++) {
      const size = input.sizeOf(batch);
      const next = compiled.get(size) ?? drawing(size);
      compiled.set(size, next);
      const { images, labels, mix } = await next.run();
      const pixels = Array.from(images.dataSync());
      const [others, shares] = [mix!.labels.dataSync(), mix!.share.dataSync()];
      const each = pixels.length / labels.size;
      labels.dataSync().forEach((label, i) =>
        examples.set(label, {
          image: pixels.slice(i * each, (i + 1) * each),
          other: others[i]!,
          share: shares[i]!,
        }),
      );
      tf.dispose([images, labels, mix!.labels, mix!.share]);
    }
    for (const next of compiled.values()) next.dispose();
    return examples;
  } finally {
    input.dispose();
  }
}

const largest = (a: readonly number[], b: readonly number[]) =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

const crop: Transform = { name: 'randomCrop', size: [6, 6], padding: 1 };
const recipes: readonly [string, readonly Transform[]][] = [
  ['mixup', [flip, toUnit, mixup]],
  ['cutmix', [crop, flip, toUnit, cutmix]],
  ['mixup by much', [toUnit, { name: 'mixup', alpha: 4 }]],
  ['cutmix by little', [toUnit, { name: 'cutmix', alpha: 0.1 }]],
  ['images whose size is computed', [{ name: 'resize', size: 12 }, toUnit, cutmix]],
];

describe.each(recipes)('%s', (_, transforms) => {
  const options = { batchSize: 8, shuffle: { seed: 3 } };

  it('is the same on plain tfjs, and from files', async () => {
    const ours = await draw(inMemory(transforms), options);
    const plain = eager({ backend: 'cpu' });
    const theirs = await draw(inMemory(transforms), options, { by: plain });
    await plain.dispose();
    await tf.setBackend('tensorflow');
    const fromFiles = await draw(inFiles(transforms), options);
    for (const others of [theirs, fromFiles]) {
      expect([...others.keys()]).toEqual([...ours.keys()]);
      for (const [i, { image, other, share }] of others) {
        const own = ours.get(i)!;
        expect(other).toBe(own.other);
        expect(Math.abs(share - own.share)).toBeLessThan(2e-6);
        expect(largest(image, own.image)).toBeLessThan(5e-6);
      }
    }
  });
});

describe('files that are mixed', () => {
  it.each([mixup, cutmix])(
    'have the same bits for any batch size, worker, and beginning: $name',
    async (mixing) => {
      const split = inFiles([crop, flip, toUnit, mixing]);
      const options = { batchSize: 8, shuffle: { seed: 3 } };
      const all = await draw(split, options);
      const others = [
        await draw(split, { ...options, batchSize: 5 }),
        await draw(split, options, { batch: 2 }),
        await draw(split, { ...options, shard: { index: 1, count: 2 } }),
      ];
      expect(others.map(({ size }) => size)).toEqual([30, 14, 15]);
      for (const some of others) for (const [i, example] of some) expect(example).toEqual(all.get(i));
    },
  );

  it('must have one size, whatever the batch size', async () => {
    const small = join(folder, 'small.png');
    const image = tf.fill([4, 5, 3], 9, 'int32') as tf.Tensor3D;
    await writeImage(small, image);
    image.dispose();
    await expect(draw(inFiles([mixup], [...files.slice(0, 3), small]), { batchSize: 1 })).rejects.toThrow(
      `Image file ${small} cannot be used`,
    );
  });

  it('are named where one cannot be decoded, also by the batch before', async () => {
    const broken = join(folder, 'broken.png');
    await writeFile(broken, 'no image');
    const paths = files.toSpliced(8, 1, broken);
    // Of the second batch the first, of the first batch the one behind.
    await expect(draw(inFiles([cutmix], paths), { batchSize: 8 })).rejects.toThrow(
      `Image file ${broken} cannot be used`,
    );
    await expect(draw(inFiles([cutmix], paths), { batchSize: 8 }, { batch: 1 })).rejects.toThrow(
      `Image file ${broken} cannot be used`,
    );
  });
});

it('hold nothing when the input is disposed', async () => {
  for (const split of [inMemory([flip, mixup]), inFiles([cutmix])]) {
    await draw(split, { batchSize: 15 });
    const before = engine.memory();
    await draw(split, { batchSize: 15 }, { epoch: 3 });
    expect(engine.memory()).toEqual(before);
  }
});

/** Trains for two epochs of mixed images; the last batch of an epoch is smaller. */
async function train(by: Engine, transforms: readonly Transform[], together: boolean) {
  await by.devices();
  const kernelInitializer = () => initializers.glorotUniform({});
  const model = initialize(5, () =>
    sequential({
      layers: [
        layers.conv2d({
          name: 'C1',
          inputShape: [H, W, C],
          filters: 4,
          kernelSize: 3,
          kernelInitializer: kernelInitializer(),
        }),
        layers.flatten({ name: 'flatten' }),
        layers.dense({ name: 'F2', units: SIZE, kernelInitializer: kernelInitializer() }),
      ],
    }),
  );
  const optimizer = sgd({ learningRate: 0.05, momentum: 0.9 });
  const weights = trainedWeights(model, optimizer);
  const step = new TrainStep({ model, loss: labelSmoothing(0.1), optimizer, weights, seed: 5 });
  const input = await by.input(inMemory(transforms), { batchSize: 10, shuffle: { seed: 5 } });
  const apply = by.compile((given: tf.Tensor1D, batchNumber: tf.Scalar) =>
    step.apply(input.next(10), given, batchNumber),
  );
  const sums: number[] = [];
  for (let epoch = 0; epoch < 2; epoch++) {
    await input.seek(epoch);
    const given = numbers(input.batches).map((batch) =>
      step.numbers({ step: 3 * epoch + batch, epoch, stepsPerEpoch: 3, epochs: 2, history: [] }),
    );
    if (together) {
      const counts = tf.tensor1d(numbers(3), 'int32');
      const stacked = await apply.repeat(3, tf.tensor2d(given) as never, counts as never);
      sums.push(...stacked.dataSync());
    } else {
      for (const [i, one] of given.entries())
        sums.push(...(await apply.run(tf.tensor1d(one), tf.scalar(i, 'int32'))).dataSync());
    }
  }
  input.dispose();
  apply.dispose();
  return { sums, weights: model.weights.map((weight) => Array.from(weight.read().dataSync())) };
}

it.each([
  ['mixup', [flip, toUnit, mixup]],
  ['cutmix', [toUnit, cutmix]],
])('steps learn the same from it on both engines, and several in one call: %s', async (_, transforms) => {
  const ours = await train(engine, transforms, false);
  expect(await train(engine, transforms, true)).toEqual(ours);
  const plain = await train(eager({ backend: 'cpu' }), transforms, false);
  await tf.setBackend('tensorflow');
  expect(largest(plain.sums, ours.sums) / Math.max(...ours.sums)).toBeLessThan(1e-5);
  plain.weights.forEach((values, i) => expect(largest(values, ours.weights[i]!)).toBeLessThan(1e-4));
});
