import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  labelSmoothing,
  LocalResponseNormalization,
  randomKey,
  registerLayers,
  statelessUniform,
  withStepRandomness,
} from '@paperlab/core';
import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { layers, loadLayersModel, sequential } from '@tensorflow/tfjs-layers';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { tensorflow, type TensorFlowEngine } from './index.js';

let engine: TensorFlowEngine;
beforeAll(async () => {
  engine = await tensorflow();
});

const numbers = (shape: number[], seed = 1) =>
  tf.tensor(
    Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(seed + i * 1.7)),
    shape,
  );
const read = (...tensors: tf.Tensor[]) => tensors.map((tensor) => Array.from(tensor.dataSync()));
const onCpu = async <T>(run: () => T) => {
  await tf.setBackend('cpu');
  try {
    return run();
  } finally {
    await tf.setBackend('tensorflow');
  }
};
const expectClose = (a: number[][], b: number[][]) =>
  a.forEach((values, i) => values.forEach((value, j) => expect(value).toBeCloseTo(b[i]![j]!, 4)));

describe('batch normalisation', () => {
  const train = (shape: number[]) => {
    const layer = layers.batchNormalization({ momentum: 0.9 });
    layer.build([null, ...shape.slice(1)]);
    layer.setWeights([1, 2, 3, 4].map((seed) => tf.abs(numbers([shape.at(-1)!], seed))));
    const outputs = [0, 1].map((seed) => layer.apply(numbers(shape, seed), { training: true }) as tf.Tensor);
    const inference = layer.apply(numbers(shape), { training: false }) as tf.Tensor;
    return read(...outputs, inference, ...layer.getWeights());
  };

  it.each([[[4, 3, 3, 5]], [[8, 5]], [[2, 3, 5]]])(
    'of %p: outputs and running statistics of tfjs in JavaScript',
    async (shape) => expectClose(train(shape), await onCpu(() => train(shape))),
  );

  // tfjs's JavaScript backend takes the wrong channels where they are first, so the formula is the judge.
  it.each([
    ['with channels first', { axis: 1 }, [0, 2, 3]],
    ['without scale and shift', { scale: false, center: false }, [0, 1, 2]],
  ])('%s: mean 0, variance 1', (_, options, axes) => {
    const layer = layers.batchNormalization({ epsilon: 1e-6, ...options });
    const { mean, variance } = tf.moments(
      layer.apply(numbers([4, 3, 3, 5]), { training: true }) as tf.Tensor,
      axes,
    );
    expectClose(read(mean, variance), [Array(mean.size).fill(0), Array(mean.size).fill(1)] as number[][]);
  });

  it.each([[[4, 3, 3, 5]], [[8, 5]], [[2, 3, 5]]])('is one op in training, for %p', async (shape) => {
    const layer = layers.batchNormalization();
    const x = numbers(shape);
    layer.apply(x);
    const { kernelNames } = await tf.profile(() => layer.apply(x, { training: true }) as tf.Tensor);
    expect(kernelNames).toContain('FusedBatchNormV3');
    expect(kernelNames).not.toContain('Mean');
  });
});

describe('dropout', () => {
  const x = () => tf.ones([200, 50]);
  const share = (values: ArrayLike<number>) =>
    Array.from(values).filter((value) => value !== 0).length / values.length;

  it('keeps its share, scaled up, and all of it in inference', () => {
    const layer = layers.dropout({ rate: 0.3 });
    const values = (layer.apply(x(), { training: true }) as tf.Tensor).dataSync();
    expect(share(values)).toBeCloseTo(0.7, 1);
    expect(Math.max(...values)).toBeCloseTo(1 / 0.7, 5);
    expect(share((layer.apply(x(), { training: false }) as tf.Tensor).dataSync())).toBe(1);
  });

  it('draws anew at every call of a compiled function', async () => {
    const layer = layers.dropout({ rate: 0.5 });
    const step = engine.compile((input: tf.Tensor) => layer.apply(input, { training: true }) as tf.Tensor);
    const draws = [await step.run(x()), await step.run(x())].map((output) => output.dataSync().join());
    expect(draws[0]).not.toBe(draws[1]);
  });

  it('is a function of seed, layer and step, on every backend', async () => {
    const layer = layers.dropout({ name: 'drop6', rate: 0.5 });
    const drop = (seed: number, step: number) =>
      withStepRandomness(
        seed,
        tf.scalar(step, 'int32'),
        () => layer.apply(x(), { training: true }) as tf.Tensor,
      );
    const compiled = engine.compile((step: tf.Scalar) =>
      withStepRandomness(7, step, () => layer.apply(x(), { training: true }) as tf.Tensor),
    );
    const [first] = read(drop(7, 3));
    expect(read(drop(7, 3))).toEqual([first]);
    expect(read(await compiled.run(tf.scalar(3, 'int32')))).toEqual([first]);
    expect(await onCpu(() => read(drop(7, 3)))).toEqual([first]);
    for (const other of [drop(7, 4), drop(8, 3)]) expect(read(other)).not.toEqual([first]);
    const kept = statelessUniform([200, 50], randomKey(7, 'drop6/noise'), 0, 1, tf.scalar(3, 'int32'));
    expect(first!.map((value) => value > 0)).toEqual(Array.from(kept.dataSync(), (value) => value >= 0.5));
  });

  it('honours the noise shape', () => {
    const layer = layers.dropout({ rate: 0.5, noiseShape: [null as never, 1] });
    const rows = (layer.apply(x(), { training: true }) as tf.Tensor2D).arraySync();
    expect(rows.every((row) => new Set(row).size === 1)).toBe(true);
    expect(new Set(rows.map((row) => row[0])).size).toBe(2);
  });

  it.each([
    ['gaussianNoise', layers.gaussianNoise({ stddev: 0.5 }), 1, 0.25],
    ['gaussianDropout', layers.gaussianDropout({ rate: 0.2 }), 1, 0.25],
    ['alphaDropout', layers.alphaDropout({ rate: 0.2 }), undefined, undefined],
    ['spatialDropout1d', layers.spatialDropout1d({ rate: 0.5 }), 1, 1],
  ])('%s draws on the device, with its mean and variance', async (_, layer, mean, variance) => {
    const input = tf.ones([400, 2, 100]); // 40,000 masks of SpatialDropout1D: its mean is within 0.005
    const step = engine.compile(() => layer.apply(input, { training: true }) as tf.Tensor);
    const [a, b] = [await step.run(), await step.run()];
    expect(a.dataSync()).not.toEqual(b.dataSync());
    const moments = tf.moments(a);
    if (mean !== undefined) expect(moments.mean.dataSync()[0]).toBeCloseTo(mean, 1);
    if (variance !== undefined) expect(moments.variance.dataSync()[0]).toBeCloseTo(variance, 1);
  });
});

describe('dropout in recurrent layers', () => {
  const options = { units: 6, dropout: 0.5, recurrentDropout: 0.5 };
  const makers = {
    simpleRNN: (name: string) => layers.simpleRNN({ name, ...options }),
    gru: (name: string) => layers.gru({ name, recurrentActivation: 'sigmoid', ...options }),
    lstm: (name: string) => layers.lstm({ name, ...options }),
    convLstm2d: (name: string) => layers.convLstm2d({ name, filters: 2, kernelSize: 2, ...options } as never),
  };

  describe.each(Object.entries(makers))('%s', (kind, make) => {
    const x = () => numbers(kind === 'convLstm2d' ? [2, 3, 4, 4, 1] : [4, 3, 5]);
    const train = (layer: layers.Layer) => layer.apply(x(), { training: true }) as tf.Tensor;

    it('draws anew at every call of a compiled function', async () => {
      const layer = make(`${kind}-anew`);
      const step = engine.compile(() => train(layer));
      const draws = [await step.run(), await step.run()].map((output) => output.dataSync().join());
      expect(draws[0]).not.toBe(draws[1]);
    });

    it('is a function of seed, layer and step, on every backend', async () => {
      const layer = make(`${kind}-stateless`);
      const at = (step: tf.Scalar) => withStepRandomness(7, step, () => train(layer));
      const number = (step: number) => tf.scalar(step, 'int32');
      const [first] = read(at(number(3)));
      expect(read(at(number(3)))).toEqual([first]);
      expect(read(at(number(4)))).not.toEqual([first]);
      expectClose(read(await engine.compile(at).run(number(3))), [first!]);
      expectClose(await onCpu(() => read(at(number(3)))), [first!]);
    });
  });
});

describe('local response normalisation', () => {
  it('is saved, and loads once it is registered', async () => {
    registerLayers();
    const model = sequential({
      layers: [
        layers.conv2d({ inputShape: [4, 4, 3], filters: 6, kernelSize: 3 }),
        new LocalResponseNormalization({ alpha: 2e-5, depthRadius: 2 }),
      ],
    });
    let saved!: tf.io.ModelArtifacts;
    await model.save(
      tf.io.withSaveHandler(async (artifacts) => {
        saved = artifacts;
        return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
      }),
    );
    const loaded = await loadLayersModel(tf.io.fromMemory(saved));
    const x = numbers([2, 4, 4, 3]);
    expect(read(loaded.predict(x) as tf.Tensor)).toEqual(read(model.predict(x) as tf.Tensor));
    expect(loaded.layers[1]!.getConfig()).toMatchObject({ alpha: 2e-5, depthRadius: 2, bias: 1, beta: 0.75 });
  });
});

describe('label smoothing', () => {
  it('is the formula, on both backends', async () => {
    const logits = numbers([3, 4]);
    const labels = tf.tensor1d([1, 0, 3], 'int32');
    const [ours] = read(labelSmoothing(0.2)([logits], labels));
    const logProbabilities = tf.logSoftmax(logits as tf.Tensor2D).arraySync();
    const expected = [1, 0, 3].map((label, i) => {
      const row = logProbabilities[i]!;
      return -0.8 * row[label]! - (0.2 / 4) * row.reduce((a, b) => a + b);
    });
    expectClose([ours!], [expected]);
    expectClose(
      await onCpu(() => read(labelSmoothing(0.2)([numbers([3, 4])], tf.tensor1d([1, 0, 3], 'int32')))),
      [expected],
    );
  });

  it('refuses an amount that is none', () => {
    expect(() => labelSmoothing(1)).toThrow('labelSmoothing takes a number from 0 up to, not including, 1');
  });
});

describe("tfjs's other backends in the same process", () => {
  // tfjs keeps layers' weights on the backend that they were made on, and moves them when another one is used.
  it.each(['cpu', 'wasm'])(
    '%s: a network with these layers predicts what TensorFlow does',
    async (backend) => {
      setWasmPaths(
        `${dirname(fileURLToPath(import.meta.resolve('@tensorflow/tfjs-backend-wasm/package.json')))}/dist/`,
      );
      const model = sequential({
        layers: [
          layers.conv2d({ inputShape: [6, 6, 3], filters: 4, kernelSize: 3, activation: 'relu' }),
          layers.batchNormalization({}),
          layers.maxPooling2d({ poolSize: 2 }),
          layers.flatten(),
          layers.dropout({ rate: 0.5 }),
          layers.dense({ units: 3, activation: 'softmax' }),
        ],
      });
      const x = numbers([2, 6, 6, 3]);
      const [ours] = read(model.predict(x) as tf.Tensor);
      await tf.setBackend(backend);
      try {
        expect(tf.getBackend()).toBe(backend);
        expectClose([Array.from(await (model.predict(x) as tf.Tensor).data())], [ours!]);
      } finally {
        await tf.setBackend('tensorflow');
      }
      expectClose(read(model.predict(x) as tf.Tensor), [ours!]);
    },
  );
});
