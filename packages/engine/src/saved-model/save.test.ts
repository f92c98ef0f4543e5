import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { fromBinary } from '@bufbuild/protobuf';
import * as tf from '@tensorflow/tfjs-core';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SavedModelSchema } from '../protos/tensorflow/core/protobuf/saved_model_pb.gen.js';
import { tensorflow, type TensorFlowEngine } from '../tensorflow.js';

/** What Python makes of it: tools/golden/export.test.ts. */
describe('saveModel', () => {
  let engine: TensorFlowEngine;
  let folder: string;
  let target: string;
  let weight: tf.Variable;
  beforeAll(async () => {
    engine = await tensorflow();
    folder = mkdtempSync(join(tmpdir(), 'paperlab-saved-model-'));
    weight = tf.variable(tf.tensor2d([[1], [2]]), true, 'F6/kernel');
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    weight.dispose();
    await engine.dispose();
  });
  beforeEach(() => {
    target = join(mkdtempSync(join(folder, 'case-')), 'model');
  });

  const x = { dtype: 'float32', shape: [-1, 2] } as const;
  const product = ({ x }: Record<string, tf.Tensor>): Record<string, tf.Tensor> => ({
    y: tf.matMul(x!, weight as tf.Tensor2D),
  });
  const variables = () => new Map([['F6/kernel', weight]]);
  const metaGraph = () =>
    fromBinary(SavedModelSchema, readFileSync(join(target, 'saved_model.pb'))).metaGraphs[0]!;

  it('writes a graph that holds no weights, and the weights beside it', async () => {
    await engine.saveModel(target, product, { inputs: { x }, variables: variables() });
    expect(readdirSync(target, { recursive: true }).sort()).toEqual([
      'saved_model.pb',
      'variables',
      'variables/variables.data-00000-of-00001',
      'variables/variables.index',
    ]);
    const { graphDef, signatureDef } = metaGraph();
    expect(signatureDef['serving_default']!.inputs['x']!.tensorShape!.dim.map(({ size }) => size)).toEqual([
      -1n,
      2n,
    ]);
    const nodes = [...graphDef!.node, ...graphDef!.library!.function.flatMap(({ nodeDef }) => nodeDef)];
    expect(nodes.map(({ op }) => op)).toContain('VarHandleOp');
    expect(nodes.filter(({ op, attr }) => op === 'Const' && attr['dtype']!.value.value === 1)).toEqual([]);
  });

  it('holds no devices of this machine', async () => {
    const onDevice: typeof product = (inputs) => engine.withDevice('CPU:0', () => product(inputs));
    await engine.saveModel(target, onDevice, { inputs: { x }, variables: variables() });
    const [fn] = metaGraph().graphDef!.library!.function;
    expect(new Set(fn!.nodeDef.map(({ device }) => device))).toEqual(new Set(['']));
  });

  it('leaves no tensors, handles or functions behind, and the variable as it was', async () => {
    const offset = tf.tensor1d([1]);
    const fn: typeof product = (inputs) => ({ y: tf.add(product(inputs)['y']!, offset) });
    await engine.saveModel(`${target}-first`, fn, { inputs: { x }, variables: variables() });
    const before = engine.memory();
    await engine.saveModel(target, fn, { inputs: { x }, variables: variables() });
    expect(engine.memory()).toEqual(before);
    expect([...weight.dataSync()]).toEqual([1, 2]);
    offset.dispose();
  });

  it('refuses a variable without a name, and writes nothing', async () => {
    const saving = engine.saveModel(target, product, { inputs: { x }, variables: new Map() });
    await expect(saving).rejects.toThrow(
      'A function for a SavedModel uses the variable F6/kernel, which is not among those given by name.',
    );
    expect(readdirSync(join(target, '..'))).toEqual([]);
  });

  it('refuses a function that draws its batches itself', async () => {
    const source = {
      kind: 'arrays',
      images: new Uint8Array(8),
      shape: [1, 2, 1],
      labels: new Int32Array(4),
    } as const;
    const split = { size: 4, source, transforms: [], digest: 'draws' };
    const input = await engine.input(split, { batchSize: 2 });
    const drawing = () => ({ y: input.next(2).images });
    await expect(engine.saveModel(target, drawing, { inputs: { x }, variables: new Map() })).rejects.toThrow(
      'A function for a SavedModel draws from an input pipeline; give it what it needs as an input.',
    );
    input.dispose();
  });

  it('refuses a folder that is there, and leaves it', async () => {
    const options = { inputs: { x }, variables: variables() };
    await engine.saveModel(target, product, options);
    const written = readFileSync(join(target, 'saved_model.pb'));
    await expect(engine.saveModel(target, product, options)).rejects.toThrow(/EEXIST/);
    expect(readFileSync(join(target, 'saved_model.pb'))).toEqual(written);
  });

  it('removes what it made when it cannot make the rest', async () => {
    const longest = 4095; // of a path on Linux, so that what is in the folder would be too long
    let parent = join(target, '..');
    while (parent.length < longest - 220) parent = join(parent, 'x'.repeat(200));
    parent = join(parent, 'x'.repeat(longest - parent.length - 10));
    mkdirSync(parent, { recursive: true });
    const saving = engine.saveModel(join(parent, 'model'), product, {
      inputs: { x },
      variables: variables(),
    });
    await expect(saving).rejects.toThrow(/ENAMETOOLONG/);
    expect(readdirSync(parent)).toEqual([]);
  });
});
