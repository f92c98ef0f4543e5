import { describe, expect, it } from '@jest/globals';
import {
  adam,
  type Dataset,
  defineExperiment,
  eager,
  ema,
  type EpochResult,
  type ExperimentInput,
  type Model,
  polyak,
  type RunDescription,
  type RunStatus,
  sgd,
  softmaxCrossEntropy,
  type Tracker,
} from '@paperlab/core';
import '@tensorflow/tfjs-backend-cpu';
import { mul } from '@tensorflow/tfjs-core';
import { initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import { tensorflow } from '@paperlab/engine';
import { train } from './train.js';

/** Images of 4 x 4 with one bright quarter, which is the class. */
const quarters = (trainSize = 200): Dataset => ({
  name: 'quarters',
  classNames: ['top left', 'top right', 'bottom left', 'bottom right'],
  imageShape: [4, 4, 1],
  async open(split) {
    const size = split === 'train' ? trainSize : 20;
    const labels = Int32Array.from({ length: size }, (_, i) => i % 4);
    const images = Uint8Array.from({ length: size * 16 }, (_, i) => {
      const [image, pixel] = [Math.floor(i / 16), i % 16];
      const quarter = (pixel >= 8 ? 2 : 0) + (pixel % 4 >= 2 ? 1 : 0);
      return (quarter === labels[image]! ? 200 : 20) + ((image * 7 + pixel) % 40);
    });
    const transforms = [{ name: 'scale', factor: 1 / 255, offset: 0 }] as const;
    return {
      size,
      source: { kind: 'arrays', images, shape: [4, 4, 1], labels },
      transforms,
      digest: `quarters-${size}`,
    };
  },
});

const classifier = (): Model => ({
  name: 'linear',
  inputShape: [4, 4, 1],
  classes: 4,
  build: () =>
    sequential({
      layers: [
        layers.flatten({ inputShape: [4, 4, 1] }),
        layers.dense({ name: 'output', units: 4, kernelInitializer: initializers.glorotUniform({}) }),
      ],
    }),
});

const base: ExperimentInput = {
  name: 'quarters',
  model: classifier(),
  dataset: quarters(),
  optimizer: adam({ learningRate: 0.05 }),
  batchSize: 16, // 12 batches of 16 and one of 8
  epochs: 3,
  seed: 1,
};
const experiment = (changes: Partial<ExperimentInput> = {}) => defineExperiment({ ...base, ...changes });

/** A tracker that keeps what it is told. */
function recorder() {
  const record = {
    metrics: [] as [number, Record<string, number>][],
    status: undefined as RunStatus | undefined,
    run: undefined as RunDescription | undefined,
  };
  const tracker: Tracker = {
    name: 'recorder',
    async start(run) {
      record.run = run;
      return {
        id: 'memory',
        location: 'memory',
        flush: async () => undefined,
        metrics: (values, step) => void record.metrics.push([step, { ...values }]),
        end: async (status) => void (record.status = status),
      };
    },
  };
  return { record, tracker };
}

async function collect(epochs: AsyncIterable<EpochResult>): Promise<EpochResult[]> {
  const results: EpochResult[] = [];
  for await (const epoch of epochs) results.push(epoch);
  return results;
}

describe('train', () => {
  it('learns, yields each epoch and records it', async () => {
    const { record, tracker } = recorder();
    const epochs = await collect(train(experiment({ epochs: 6 }), { trackers: [tracker] }));
    expect(epochs.map(({ epoch, step }) => [epoch, step])).toEqual([
      [0, 13],
      [1, 26],
      [2, 39],
      [3, 52],
      [4, 65],
      [5, 78],
    ]);
    expect(epochs.at(-1)!.valid.top1).toBe(1);
    expect(epochs.at(-1)!.train.loss).toBeLessThan(epochs[0]!.train.loss);
    expect(record.status).toBe('FINISHED');
    expect(record.run).toMatchObject({
      params: { model: 'linear', 'optimizer.learningRate': '0.05' },
      datasets: { train: { size: 200 } },
    });
    expect(record.metrics.map(([step]) => step)).toEqual([13, 26, 39, 50, 52, 65, 78]); // every epoch, and step 50
    expect(record.metrics.at(-1)![1]).toMatchObject({ epoch: 6, 'valid/top1': 1 });
    expect(record.metrics[3]![1]).toMatchObject({ learning_rate: 0.05 });
  });

  it('gives the same numbers for the same seed, and others for another', async () => {
    const losses = async (seed: number) =>
      (await collect(train(experiment({ seed })))).map((epoch) => [epoch.train.loss, epoch.valid.loss]);
    const first = await losses(1);
    expect(await losses(1)).toEqual(first);
    expect(await losses(2)).not.toEqual(first);
  });

  it('learns in fewer bits what it learns in float32', async () => {
    const last = async (changes: Partial<ExperimentInput>) =>
      (await collect(train(experiment({ epochs: 6, ...changes })))).at(-1)!;
    const { train: reference } = await last({});
    for (const precision of ['bfloat16', 'mixed_float16'] as const) {
      const { train: metrics, valid } = await last({ precision });
      expect(valid.top1).toBe(1);
      expect(metrics.loss).not.toBe(reference.loss);
      expect(Math.abs(metrics.loss / reference.loss - 1)).toBeLessThan(0.02);
    }
  });

  it('with a scaled loss, leaves out steps whose gradients overflow, and goes on', async () => {
    // A gradient of 4 or so: more than float16 holds, times 2^15.
    const steep: Model = {
      ...classifier(),
      loss: (outputs, labels) => mul(softmaxCrossEntropy(outputs, labels), 40),
    };
    const epochs = await collect(train(experiment({ model: steep, precision: 'mixed_float16', epochs: 6 })));
    expect(epochs[0]!.skipped).toBeGreaterThan(0);
    expect(epochs[0]!.skipped).toBeLessThan(8);
    expect(epochs.at(-1)!.skipped).toBe(0);
    expect(epochs.at(-1)!.valid.top1).toBe(1);
  });

  it('refuses a precision that the engine does not have, before the run begins', async () => {
    const { record, tracker } = recorder();
    const options = { engine: eager({ backend: 'cpu' }), trackers: [tracker] };
    await expect(collect(train(experiment({ precision: 'bfloat16' }), options))).rejects.toThrow(
      "tfjs computes in float32 alone: bfloat16 needs TensorFlow's engine",
    );
    expect(record.run).toBeUndefined();
  });

  it('ends as FINISHED when the caller leaves the loop', async () => {
    const { record, tracker } = recorder();
    for await (const epoch of train(experiment(), { trackers: [tracker] })) if (epoch.epoch === 1) break;
    expect(record.status).toBe('FINISHED');
    expect(record.metrics.at(-1)![0]).toBe(26);
  });

  it('ends as FINISHED when a callback says stop', async () => {
    const callback = {
      name: 'after-two',
      epochEnd: ({ epoch }: EpochResult) => (epoch === 1 ? 'stop' : undefined),
    } as const;
    expect(await collect(train(experiment({ callbacks: [callback] })))).toHaveLength(2);
  });

  it('ends as KILLED when aborted', async () => {
    const { record, tracker } = recorder();
    const abort = new AbortController();
    const running = collect(
      train(experiment({ epochs: 1000 }), {
        trackers: [tracker],
        signal: abort.signal,
        onStep: () => abort.abort(),
      }),
    );
    await expect(running).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    expect(record.status).toBe('KILLED');
  });

  it('stops with the step when the loss is no number', async () => {
    const { record, tracker } = recorder();
    const running = collect(
      train(experiment({ optimizer: sgd({ learningRate: 3e38 }) }), { trackers: [tracker] }),
    );
    await expect(running).rejects.toThrow(
      /^The loss is (NaN|Infinity) at step \d+ \(epoch 1, batch \d+, learning rate 3e\+38\).*Lower the learning rate/,
    );
    expect(record.status).toBe('FAILED');
  });

  it('refuses a batch larger than the data', async () => {
    await expect(collect(train(experiment({ batchSize: 500 })))).rejects.toThrow(
      "batchSize 500 is larger than the 200 images of quarters's train split; lower it",
    );
  });

  it('reports progress, at most ten times a second', async () => {
    const seen: number[] = [];
    const start = performance.now();
    await collect(train(experiment({ epochs: 20 }), { onStep: ({ step }) => seen.push(step) }));
    expect(seen.length).toBeLessThanOrEqual((performance.now() - start) / 100 + 1);
  });

  it('leaves nothing behind', async () => {
    const engine = await tensorflow();
    await collect(train(experiment(), { engine }));
    const before = engine.memory();
    await collect(train(experiment(), { engine }));
    expect(engine.memory()).toEqual(before);
  });
});

describe('the features of a step', () => {
  const last = async (changes: Partial<ExperimentInput>) => {
    const { record, tracker } = recorder();
    const epochs = await collect(train(experiment(changes), { trackers: [tracker] }));
    return { ...epochs.at(-1)!, record };
  };

  it('gradients of several batches make up one step', async () => {
    const optimizer = sgd({ learningRate: 0.5 });
    // 200 examples: 5 steps of 40, once as one batch and once as five; the data is in order of neither.
    const whole = await last({ optimizer, batchSize: 40 });
    const parts = await last({ optimizer, batchSize: 8, gradientAccumulationSteps: 5 });
    expect(parts.step).toBe(whole.step);
    expect(parts.train.loss).toBeCloseTo(whole.train.loss, 5);
    expect(parts.valid.loss).toBeCloseTo(whole.valid.loss, 5);
  });

  it('what is left of the batches at the end of an epoch makes up a smaller step', async () => {
    // 13 batches in steps of 5: 3 steps an epoch.
    const { step, train: metrics } = await last({ gradientAccumulationSteps: 5, epochs: 2 });
    expect(step).toBe(6);
    expect(Number.isFinite(metrics.loss)).toBe(true);
  });

  it('clipping, rules and averages change training', async () => {
    const plain = await last({});
    const changed: Partial<ExperimentInput>[] = [
      { globalClipNorm: 1e-3 },
      { clipNorm: 1e-3 },
      { clipValue: 1e-4 },
      { weights: [{ match: 'output/bias', trainable: false }] },
      { weights: [{ match: '*', learningRate: 0.1 }] },
      { averaging: ema({ decay: 0.99 }) },
    ];
    for (const changes of changed) expect((await last(changes)).valid.loss).not.toBe(plain.valid.loss);
    await expect(last({ weights: [{ match: 'C1/*' }] })).rejects.toThrow(
      '"C1/*" matches no weight of the model',
    );
  });

  it('averages stand in for the weights at evaluation only: training has the same bits', async () => {
    const losses = async (changes: Partial<ExperimentInput>) =>
      (await collect(train(experiment(changes)))).map((epoch) => [epoch.train.loss, epoch.valid.loss]);
    const [plain, averaged] = [await losses({}), await losses({ averaging: polyak() })];
    expect(averaged.map(([training]) => training)).toEqual(plain.map(([training]) => training));
    expect(averaged.map(([, valid]) => valid)).not.toEqual(plain.map(([, valid]) => valid));
  });

  it('norms are recorded when they are wanted', async () => {
    const norms = async (changes: Partial<ExperimentInput>) =>
      (await last({ epochs: 10, ...changes })).record.metrics.flatMap(([, values]) =>
        'gradient_norm' in values ? [values] : [],
      );
    expect(await norms({})).toEqual([]);
    const recorded = await norms({ norms: true });
    expect(recorded).toHaveLength(2); // 130 steps, one record in 50
    for (const { gradient_norm, weight_norm } of recorded) {
      expect(gradient_norm).toBeGreaterThan(0);
      expect(weight_norm).toBeGreaterThan(0);
    }
  });
});

it('trains on plain tfjs as on TensorFlow', async () => {
  const changes = { optimizer: sgd({ learningRate: 0.2, momentum: 0.9 }) };
  const compiled = await collect(train(experiment(changes)));
  const plain = await collect(train(experiment(changes), { engine: eager({ backend: 'cpu' }) }));
  plain.forEach(({ train: { loss }, valid }, i) => {
    expect(loss).toBeCloseTo(compiled[i]!.train.loss, 4);
    expect(valid.loss).toBeCloseTo(compiled[i]!.valid.loss, 4);
  });
});
