import { initialize, registerLayers, type StoredTensor } from '@paperlab/core';
import { type LayersModel, models } from '@tensorflow/tfjs-layers';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Checkpoint, CheckpointFolder, readCheckpoint } from './checkpoint/checkpoint.js';

/** A trained model, with what training knew of it. */
export interface LoadedCheckpoint {
  /** The checkpoint's own directory. */
  readonly path: string;
  /** Optimizer steps, and epochs, that it was trained for. */
  readonly step: number;
  readonly epoch: number;
  /** What the classes are called. */
  readonly classNames: readonly string[];
  /** What it is evaluated with, by name: the averages of the weights, where training kept them. */
  readonly weights: ReadonlyMap<string, StoredTensor>;
  /** Builds the network with these weights, on tfjs's current backend. The caller disposes it. */
  model(): Promise<LayersModel>;
}

/**
 * Loads the model of a checkpoint.
 *
 * @example
 * const { model, classNames } = await loadCheckpoint('.paperlab/checkpoints/lenet5-mnist');
 * const logits = (await model()).predict(images);
 *
 * @param path a checkpoint (`…/step-00001875`); or a run's folder, for its newest whole one; or the folder of an
 *   experiment, `.paperlab/checkpoints/lenet5-mnist`, for that of its last run
 * @param report told, in a line each, which checkpoints are damaged; default: nobody
 * @throws if there is none, or it is damaged, naming the file
 */
export async function loadCheckpoint(
  path: string,
  report: (line: string) => void = () => undefined,
): Promise<LoadedCheckpoint> {
  const found = await findCheckpoint(path, report);
  const { state } = found.checkpoint;
  return {
    path: found.path,
    step: state.step,
    epoch: state.epoch,
    classNames: state.input.classNames,
    weights: evaluatedWeights(found.checkpoint),
    model: () => modelOf(found.checkpoint),
  };
}

/** The checkpoint that a path means: see `loadCheckpoint`. */
export async function findCheckpoint(
  path: string,
  report: (line: string) => void,
): Promise<{ readonly path: string; readonly checkpoint: Checkpoint }> {
  const entries = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      error.code === 'ENOENT'
        ? `no such checkpoint: ${path}`
        : `${path} is not a checkpoint: ${error.message}`,
    );
  });
  if (entries.includes('manifest.json')) return { path, checkpoint: await readCheckpoint(path) };
  for (const folder of ['', ...entries.sort().reverse()]) {
    const found = await new CheckpointFolder(join(path, folder)).latest(report);
    if (found) return found;
  }
  throw new Error(`there is no whole checkpoint in ${path}`);
}

/** A network's topology and its weights. */
export type StoredNetwork = Pick<Checkpoint, 'model' | 'tensors'>;

/** The weights that a checkpoint is evaluated with. */
export function evaluatedWeights({ tensors }: Pick<Checkpoint, 'tensors'>): Map<string, StoredTensor> {
  return new Map([...(tensors['weights'] ?? []), ...(tensors['averages'] ?? [])]);
}

/** The network of a checkpoint with the weights that it is evaluated with, on tfjs's current backend. */
export async function modelOf(checkpoint: StoredNetwork): Promise<LayersModel> {
  registerLayers();
  const modelTopology = JSON.parse(checkpoint.model);
  // It builds the layers before it first waits for anything.
  return initialize(0, () => models.modelFromJSON({ modelTopology }), evaluatedWeights(checkpoint));
}
