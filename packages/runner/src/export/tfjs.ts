import { io } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ExportDescription } from './description.js';

/** Of one file of weights: a size that browsers cache, as TensorFlow.js's own converter writes them. */
const SHARD = 4 << 20;

/** Writes `model.json` and the weights beside it, as `loadLayersModel` takes them. */
export async function writeTfjs(
  folder: string,
  model: LayersModel,
  description: ExportDescription,
): Promise<void> {
  model.setUserDefinedMetadata({ ...description });
  await mkdir(folder);
  await model.save(
    io.withSaveHandler(async (artifacts) => {
      const { weightSpecs, weightData, ...rest } = artifacts;
      const weights = new Uint8Array(io.CompositeArrayBuffer.join(weightData!));
      const count = Math.max(1, Math.ceil(weights.length / SHARD));
      const paths = Array.from({ length: count }, (_, i) => `group1-shard${i + 1}of${count}.bin`);
      for (const [i, path] of paths.entries())
        await writeFile(join(folder, path), weights.subarray(i * SHARD, (i + 1) * SHARD));
      const json = { ...rest, weightsManifest: [{ paths, weights: weightSpecs }] };
      await writeFile(join(folder, 'model.json'), JSON.stringify(json));
      return { modelArtifactsInfo: io.getModelArtifactsInfoForJSON(artifacts) };
    }),
  );
}
