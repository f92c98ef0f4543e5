import { namedWeights, outputsOf } from '@paperlab/core';
import type { TensorFlowEngine } from '@paperlab/engine';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportDescription } from './description.js';

/**
 * Writes a SavedModel whose signature `serving_default` takes `images` and gives `logits`.
 * @param folder must not be there yet
 */
export async function writeSavedModel(
  folder: string,
  engine: Pick<TensorFlowEngine, 'saveModel'>,
  model: LayersModel,
  description: ExportDescription,
): Promise<void> {
  const [image] = model.inputs;
  const shape = [-1, ...image!.shape.slice(1)] as number[];
  await engine.saveModel(
    folder,
    ({ images }): Record<string, Tensor> => ({ logits: outputsOf(model, images!, false)[0]! }),
    { inputs: { images: { dtype: 'float32', shape } }, variables: namedWeights(model) },
  );
  // The folder that TensorFlow keeps for files of others.
  await mkdir(join(folder, 'assets.extra'));
  await writeFile(join(folder, 'assets.extra', 'paperlab.json'), JSON.stringify(description, null, 2));
}
