import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Dataset,
  defineExperiment,
  outputsOf,
  sgd,
  type TrackedRun,
  type Tracker,
} from '@paperlab/core';
import { tensorflow } from '@paperlab/engine';
import { mlflow, startServer } from '@paperlab/mlflow';
import { lenet5 } from '@paperlab/model-lenet5';
import { exportCheckpoint, loadCheckpoint, train } from '@paperlab/runner';
import * as tf from '@tensorflow/tfjs-core';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPython } from './python.js';

/** Python's TensorFlow and MLflow are installed for it: a minute. */
const [on, why] = process.env['CI']
  ? [describe, '']
  : [describe.skip, ' (skipped: takes a minute; CI=true runs it)'];

const REGISTERED = 'digits';
const SIZE = 32;

interface Read {
  readonly logits: Readonly<Record<string, Readonly<Record<string, number[]>>>>;
  readonly example: Readonly<Record<string, number[]>>;
  readonly refusal: string;
  readonly datasets: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly metadata: unknown;
  readonly run: string;
  readonly model: string;
  readonly outputs: readonly string[];
  readonly requirements: readonly string[];
}

const noise: Dataset = {
  name: 'noise',
  classNames: Array.from({ length: 10 }, (_, label) => `digit ${label}`),
  imageShape: [SIZE, SIZE, 1],
  async open(split) {
    const images = Uint8Array.from({ length: 4 * SIZE * SIZE }, (_, i) => (i * 7919) % 251);
    const source = {
      kind: 'arrays',
      images,
      shape: [SIZE, SIZE, 1],
      labels: Int32Array.of(0, 1, 1, 9),
    } as const;
    const transforms = [{ name: 'scale', factor: 1 / 255, offset: 0 }] as const;
    return { size: 4, source, transforms, digest: `noise-${split}` };
  },
};

on(`a model in MLflow, loaded by Python${why}`, () => {
  let folder: string;
  let read: Read;
  let runId: string;
  let expected: number[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'paperlab-model-'));
    const server = await startServer({ directory: join(folder, 'server') });
    const engine = await tensorflow();
    try {
      const run = await trained(server.uri);
      const network = await (await loadCheckpoint(join(folder, 'checkpoints'))).model();
      const images = tf.randomUniform([2, SIZE, SIZE, 1], 0, 1, 'float32', 1);
      const compiled = engine.compile((x: tf.Tensor) => outputsOf(network, x, false)[0]!);
      const logits = await compiled.run(images);
      expected = [...logits.dataSync()];
      await logModel(run, images);
      await run.end('FINISHED');
      runId = run.location.split('/').at(-1)!;
      const file = join(folder, 'images.json');
      await writeFile(file, JSON.stringify({ shape: images.shape, values: [...images.dataSync()] }));
      read = (await runPython('mlflow_model.py', server.uri, runId, `${REGISTERED}@newest`, file)) as Read;
      compiled.dispose();
      tf.dispose([images, logits]);
      network.dispose();
    } finally {
      await engine.dispose();
      await server.close();
    }
  }, 600_000);
  afterAll(() => rm(folder, { recursive: true }));

  /** A run of a step, which is not ended yet. */
  async function trained(uri: string): Promise<TrackedRun> {
    const tracker = mlflow({
      uri,
      directory: join(folder, 'runs'),
      registeredModelName: REGISTERED,
      registeredModelAlias: 'newest',
    });
    let tracked: TrackedRun | undefined;
    const kept: Tracker = {
      name: 'kept',
      async start(description) {
        tracked = await tracker.start(description);
        return { ...bound(tracked), end: async () => {} };
      },
    };
    const experiment = defineExperiment({
      name: 'digits',
      model: lenet5(),
      dataset: noise,
      optimizer: sgd({ learningRate: 0.01 }),
      batchSize: 4,
      epochs: 1,
      seed: 5,
    });
    const checkpoints = join(folder, 'checkpoints');
    for await (const _ of train(experiment, { trackers: [kept], checkpoints })); // to its end
    return tracked!;
  }

  async function logModel(run: TrackedRun, images: tf.Tensor): Promise<void> {
    const [savedModel, tfjs] = [join(folder, 'saved-model'), join(folder, 'tfjs')];
    await exportCheckpoint(join(folder, 'checkpoints'), { to: 'saved-model', folder: savedModel });
    await exportCheckpoint(join(folder, 'checkpoints'), { to: 'tfjs', folder: tfjs });
    run.artifact?.({
      kind: 'model',
      name: 'model',
      step: 1,
      folders: { savedModel, tfjs },
      inputs: { images: [-1, SIZE, SIZE, 1] },
      outputs: { logits: [-1, 10] },
      classNames: noise.classNames,
      inputExample: { images: images.arraySync() },
    });
    await run.flush();
    await Promise.all([savedModel, tfjs].map((path) => rm(path, { recursive: true })));
  }

  it('from its run, and by its alias, gives the same logits to 1e-6', () => {
    expect(Object.keys(read.logits)).toEqual([`runs:/${runId}/model`, `models:/${REGISTERED}@newest`]);
    const largest = Math.max(...expected.map(Math.abs));
    for (const outputs of [...Object.values(read.logits), read.example]) {
      expect(Object.keys(outputs)).toEqual(['logits']);
      const errors = outputs['logits']!.map((value, i) => Math.abs(value - expected[i]!) / largest);
      expect(errors).toHaveLength(20);
      expect(Math.max(...errors)).toBeLessThan(1e-5); // Python fuses convolutions with what follows
    }
  });

  it('knows its run, its classes, what it takes and what it needs', () => {
    expect(read.run).toBe(runId);
    expect(read.outputs).toEqual([read.model]);
    expect(read.metadata).toEqual({ class_names: noise.classNames, step: 1 });
    expect(read.refusal).toMatch(/Shape of input \(2, 31, 32, 1\) does not match expected shape/);
    expect(read.requirements).toEqual(['mlflow==3.17.2', 'tensorflow==2.20.0']);
  });

  it('has data that mlflow.data reads', () => {
    const { training, validation } = read.datasets;
    const shape = [-1, SIZE, SIZE, 1];
    expect(training).toMatchObject({
      digest: 'noise-train',
      features: [{ type: 'tensor', 'tensor-spec': { dtype: 'uint8', shape } }],
      targets: [{ type: 'tensor', 'tensor-spec': { dtype: 'int32', shape: [-1] } }],
      profile: {
        features_shape: [4, SIZE, SIZE, 1],
        class_counts: { 'digit 0': 1, 'digit 1': 2, 'digit 2': 0 },
      },
    });
    expect(training).toHaveProperty('source.tags');
    expect(validation).toMatchObject({ digest: 'noise-valid' });
  });
});

/** Its methods, for an object that has others beside them. */
function bound(run: TrackedRun): TrackedRun {
  return {
    id: run.id,
    location: run.location,
    metrics: (values, step) => run.metrics(values, step),
    flush: () => run.flush(),
    end: (status) => run.end(status),
  };
}
