import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TensorFlowBackend } from '../backend.js';
import { filledBuffer } from '../buffer.js';
import { VersionDefSchema } from '../protos/tensorflow/core/framework/versions_pb.gen.js';
import { SavedModelSchema } from '../protos/tensorflow/core/protobuf/saved_model_pb.gen.js';
import type { Runtime } from '../runtime.js';
import { check } from '../status.js';
import type { TensorSpec } from '../value.js';
import { writeCheckpoint } from './checkpoint.js';
import { saverDef, servingGraph, signatureDef } from './graph.js';
import { objectGraph, type SavedVariable } from './objects.js';
import { type Signature, withSignature } from './signature.js';

export interface SaveModelOptions {
  /** What the function takes, by name; -1 for a size that is not fixed, such as the batch's. */
  readonly inputs: Readonly<Record<string, TensorSpec>>;
  /** Every variable that the function uses, by the name that it gets in the SavedModel. */
  readonly variables: ReadonlyMap<string, Variable>;
}

const FUNCTION = '__inference_signature_wrapper_0';

/** See `TensorFlowEngine.saveModel`. */
export async function saveModel(
  backend: TensorFlowBackend,
  folder: string,
  fn: (inputs: Record<string, Tensor>) => Readonly<Record<string, Tensor>>,
  { inputs, variables: named }: SaveModelOptions,
): Promise<void> {
  const variables = [...named].map(([name, variable]) => ({
    name,
    dtype: backend.dtype(variable),
    shape: variable.shape,
    trainable: variable.trainable,
  }));
  const model = withSignature(backend, fn, inputs, named, (signature) =>
    savedModel(backend.runtime, signature, variables),
  );
  await mkdir(folder); // it was not there: what is removed below is ours
  try {
    await mkdir(join(folder, 'variables'));
    writeCheckpoint(backend, join(folder, 'variables', 'variables'), named, variables);
    await writeFile(join(folder, 'saved_model.pb'), model);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** The file `saved_model.pb`. */
function savedModel(runtime: Runtime, signature: Signature, variables: readonly SavedVariable[]): Uint8Array {
  signature.definition.signature!.name = FUNCTION;
  const graphDef = {
    ...servingGraph(signature, variables, (tensor) => runtime.numbers(tensor)),
    versions: versionsOf(runtime),
  };
  const model = create(SavedModelSchema, {
    savedModelSchemaVersion: 1n,
    metaGraphs: [
      {
        metaInfoDef: { tags: ['serve'], tensorflowVersion: runtime.version },
        graphDef,
        saverDef,
        signatureDef: { serving_default: signatureDef(signature) },
        objectGraphDef: objectGraph(signature, variables),
      },
    ],
  });
  return toBinary(SavedModelSchema, model);
}

/** Versions of the graphs that this TensorFlow makes. */
function versionsOf({ c }: Runtime) {
  const graph = c.TF_NewGraph();
  try {
    const bytes = filledBuffer(c, (buffer) =>
      check(c, 'TF_GraphVersions', (status) => c.TF_GraphVersions(graph, buffer, status)),
    );
    return fromBinary(VersionDefSchema, bytes);
  } finally {
    c.TF_DeleteGraph(graph);
  }
}
