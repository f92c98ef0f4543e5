import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Dataset, defineExperiment, type Model, outputsOf, readSafetensors, sgd } from '@paperlab/core';
import { tensorflow, type TensorFlowEngine } from '@paperlab/engine';
import { alexnet } from '@paperlab/model-alexnet';
import { googlenet } from '@paperlab/model-googlenet';
import { lenet5 } from '@paperlab/model-lenet5';
import { cifarResnet, resnet } from '@paperlab/model-resnet50';
import { vgg16 } from '@paperlab/model-vgg16';
import { exportCheckpoint, loadCheckpoint, train } from '@paperlab/runner';
import * as tf from '@tensorflow/tfjs-core';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPython } from './python.js';

/** Of every package, with every layer of core's among them, and with the sizes that the papers have where they fit. */
const models: Readonly<Record<string, () => Model>> = {
  'lenet5-seed': () => lenet5(),
  'lenet5-min': () => lenet5({ pooling: 'min', activation: 'leakyRelu' }),
  'lenet5-subsampling': () => lenet5({ variant: 'subsampling' }),
  'lenet5-paper': () => lenet5({ variant: 'paper' }),
  'alexnet-paper': () => alexnet({ variant: 'paper' }),
  'alexnet-code2012': () => alexnet({ variant: 'code2012', inputSize: 67, classes: 10 }),
  'alexnet-modern': () => alexnet({ variant: 'modern', inputSize: 67 }),
  'googlenet-paper': () => googlenet({ variant: 'paper', auxiliary: true }),
  'googlenet-seed': () => googlenet({ variant: 'seed', inputSize: 64 }),
  'resnet50-v1': () => resnet({ depth: 50, classes: 10, inputSize: 64 }),
  'resnet20-cifar': () => cifarResnet(),
  'vgg16-mini': () => vgg16({ variant: 'mini' }),
  vgg16: () => vgg16({ initialWeights: 'glorot' }), // from the paper's its logits are infinite
};
const BATCH = 2;

interface Loaded {
  readonly fused: Readonly<Record<string, number[]>>;
  readonly outputs: Readonly<Record<string, number[]>>;
  readonly first: Readonly<Record<string, number[]>>;
  readonly graph: Readonly<Record<string, number[]>>;
  readonly specs: Readonly<Record<string, number[]>>;
  readonly variables: Readonly<Record<string, number[]>>;
}

/** Python's TensorFlow is installed for it, and VGG16 is written and read: minutes. */
const [on, why] = process.env['CI']
  ? [describe, '']
  : [describe.skip, ' (skipped: takes minutes; CI=true runs it)'];

let engine: TensorFlowEngine;
let folder: string;
let saved: { readonly ours: string; readonly again: string };
let metadata: unknown;
let loaded: Readonly<Record<string, Loaded>>;
const expected: Record<
  string,
  { logits: number[]; first: number[]; weights: Record<string, readonly number[]> }
> = {};

beforeAll(async () => {
  if (!process.env['CI']) return;
  engine = await tensorflow();
  folder = await mkdtemp(join(tmpdir(), 'paperlab-export-'));
  await mkdir(join(folder, 'saved'));
  for (const [name, make] of Object.entries(models)) await exportModel(name, make());
  await exportFunction();
  await exportWeights();
  loaded = (await runPython('saved_model.py', join(folder, 'saved'))) as typeof loaded;
}, 900_000);
afterAll(async () => {
  if (!process.env['CI']) return;
  await engine.dispose();
  await rm(folder, { recursive: true });
});

/** Trains a model for a step, exports it, and keeps what it computes here. */
async function exportModel(name: string, model: Model): Promise<void> {
  const checkpoints = join(folder, 'checkpoints', name);
  await trainStep(name, model, checkpoints);
  await exportCheckpoint(checkpoints, { to: 'saved-model', folder: join(folder, 'saved', name) });

  const checkpoint = await loadCheckpoint(checkpoints);
  const network = await checkpoint.model();
  const images = tf.randomUniform([BATCH, ...model.inputShape], 0, 1, 'float32', 1);
  await writeInputs(name, { images });
  const compiled = engine.compile((x: tf.Tensor) => outputsOf(network, x, false)[0]!);
  const one = tf.slice(images, 0, 1);
  const [logits, first] = [await compiled.run(images), await compiled.run(one)];
  const weights = [...checkpoint.weights].map(([weight, { shape }]) => [weight, shape]);
  expected[name] = {
    logits: [...logits.dataSync()],
    first: [...first.dataSync()],
    weights: Object.fromEntries(weights),
  };
  compiled.dispose();
  tf.dispose([images, one, logits, first]);
  network.dispose();
  await rm(checkpoints, { recursive: true });
}

async function trainStep(name: string, model: Model, checkpoints: string): Promise<void> {
  const dataset = noise(model);
  const optimizer = sgd({ learningRate: 1e-6 });
  const experiment = defineExperiment({
    name,
    model,
    dataset,
    optimizer,
    batchSize: BATCH,
    epochs: 1,
    seed: 5,
  });
  const limits = { maxSteps: 1, limitValidBatches: 1 };
  for await (const _ of train(experiment, { checkpoints, limits })); // to its end
}

/** A batch of noise, of the size that a model takes. */
const noise = ({ inputShape, classes }: Model): Dataset => ({
  name: 'noise',
  classNames: Array.from({ length: classes }, (_, label) => String(label)),
  imageShape: [...inputShape],
  async open() {
    const size = inputShape.reduce((product, n) => product * n, BATCH);
    const images = Uint8Array.from({ length: size }, (_, i) => (i * 7919) % 251);
    const source = { kind: 'arrays', images, shape: [...inputShape], labels: new Int32Array(BATCH) } as const;
    return {
      size: BATCH,
      source,
      transforms: [{ name: 'scale', factor: 1 / 255, offset: 0 }],
      digest: 'noise',
    };
  },
});

/** A function with several inputs and outputs, not in the order of their names, and tensors that are no variables. */
async function exportFunction(): Promise<void> {
  const scale = tf.variable(tf.tensor1d([2, 3]), true, 'scale of 1+1');
  const [offset, chosen] = [tf.tensor1d([10, 20]), tf.tensor1d([true, false], 'bool')];
  await engine.saveModel(
    join(folder, 'saved', 'function'),
    ({ right, left }) => ({
      sum: tf.add(tf.mul(left!, scale), tf.add(right!, offset)),
      chosen: tf.mul(tf.cast(chosen, 'float32'), left!),
    }),
    {
      inputs: { right: { dtype: 'float32', shape: [-1, 2] }, left: { dtype: 'float32', shape: [-1, 2] } },
      variables: new Map([['scale of 1+1', scale]]),
    },
  );
  const [left, right] = [tf.tensor2d([[1, 2]]), tf.tensor2d([[100, 200]])];
  await writeInputs('function', { left, right });
  tf.dispose([scale, offset, chosen, left, right]);
}

/** Two files of weights, one of them read and written again by Python's library. */
async function exportWeights(): Promise<void> {
  const checkpoints = join(folder, 'checkpoints', 'weights');
  const model = cifarResnet();
  await trainStep('weights', model, checkpoints);
  await exportCheckpoint(checkpoints, { to: 'safetensors', folder: join(folder, 'weights') });
  const file = join(folder, 'weights', 'model.safetensors');
  saved = { ours: file, again: join(folder, 'again.safetensors') };
  metadata = await runPython('safetensors_again.py', saved.ours, saved.again);
}

async function writeInputs(name: string, inputs: Readonly<Record<string, tf.Tensor>>): Promise<void> {
  const described = Object.entries(inputs).map(([input, tensor]) => [
    input,
    { shape: tensor.shape, values: [...tensor.dataSync()] },
  ]);
  await writeFile(join(folder, 'saved', `${name}.json`), JSON.stringify(Object.fromEntries(described)));
}

/** The largest difference, relative to the largest logit. */
function error(actual: readonly number[], logits: readonly number[]): number {
  expect(actual).toHaveLength(logits.length);
  const largest = Math.max(...logits.map(Math.abs));
  return Math.max(...logits.map((value, i) => Math.abs(actual[i]! - value))) / largest;
}

on(`an exported SavedModel in Python's TensorFlow${why}`, () => {
  it.each(Object.keys(models))('%s: the same logits to 1e-6, for any batch size', (name) => {
    const { fused, outputs, first, graph, specs } = loaded[name]!;
    const { logits, first: one } = expected[name]!;
    expect(Object.keys(outputs)).toEqual(['logits']);
    expect(specs).toEqual({ images: [-1, ...models[name]!().inputShape] });
    expect(error(outputs['logits']!, logits)).toBeLessThan(1e-6);
    expect(error(fused['logits']!, logits)).toBeLessThan(1e-5);
    expect(error(graph['logits']!, logits)).toBeLessThan(1e-6);
    expect(error(first['logits']!, one)).toBeLessThan(1e-6);
  });

  it.each(Object.keys(models).filter((name) => name !== 'googlenet-paper'))(
    '%s: its variables are the weights, by name',
    (name) => {
      expect(loaded[name]!.variables).toEqual(expected[name]!.weights);
    },
  );

  it('GoogLeNet without its auxiliary classifiers', () => {
    const { variables } = loaded['googlenet-paper']!;
    const { weights } = expected['googlenet-paper']!;
    expect(weights).toMatchObject(variables);
    const left = Object.keys(weights).filter((name) => !(name in variables));
    expect(left.length).toBeGreaterThan(0);
    expect(left.filter((name) => !name.startsWith('loss'))).toEqual([]);
  });

  it('a function: inputs and outputs by name, and tensors that it uses', () => {
    const { outputs, graph, variables } = loaded['function']!;
    expect(outputs).toEqual({ sum: [112, 226], chosen: [1, 0] });
    expect(graph).toEqual(outputs);
    expect(variables).toEqual({ 'scale of 1+1': [2] });
  });
});

on(`exported weights in Python's safetensors${why}`, () => {
  it('are what it writes itself, byte for byte, with the same names and metadata', async () => {
    const ours = await readFile(saved.ours);
    expect(ours.equals(await readFile(saved.again))).toBe(true);
    expect(metadata).toEqual(readSafetensors(ours).metadata);
  });

  it('are read here as Python wrote them', async () => {
    const { weights } = expected['resnet20-cifar']!;
    const { tensors } = readSafetensors(await readFile(saved.again));
    expect(Object.fromEntries([...tensors].map(([name, { shape }]) => [name, shape]))).toEqual(weights);
  });
});
