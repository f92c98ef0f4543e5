import { type ModelArtifact, namedWeights, storedTensors } from '@paperlab/core';
import { tensor } from '@tensorflow/tfjs-core';
import { join } from 'node:path';
import { inputOf } from '../checkpoint/checkpoint-input.js';
import { descriptionOf } from '../export/description.js';
import { withLogits } from '../export/logits.js';
import { writeSavedModel } from '../export/saved-model.js';
import { writeTfjs } from '../export/tfjs.js';
import type { RecordedRun } from './run-record.js';
import { tensorflowOf } from './tensorflow-of.js';
import type { Trained } from './trained-figures.js';

/** Validation images in the example of what the model takes. */
const EXAMPLES = 2;

/**
 * The trained network as `paperlab export` writes it: for TensorFlow, where its engine trained it, and for tfjs.
 * @param epochs that it was trained for
 * @param folder of the files, which trackers may read until the run has ended
 */
export async function modelArtifact(
  { model, step }: Trained,
  { training, engine, source, description }: RecordedRun,
  epochs: number,
  folder: string,
): Promise<ModelArtifact> {
  const { params, experiment } = description;
  const { name, model: network, dataset } = experiment;
  const input = inputOf(description);
  const about = descriptionOf({ params, source: source ?? null, name, step, epoch: epochs, input });
  // Built anew: the one that was trained has its layers on the devices of its placement.
  const stored = {
    model: JSON.stringify(model.toJSON(null, false)),
    tensors: { weights: await storedTensors(namedWeights(model)) },
  };
  const folders = { tfjs: join(folder, 'tfjs'), savedModel: join(folder, 'saved-model') };
  const tensorflow = tensorflowOf(engine);
  await withLogits(stored, async (logits) => {
    await writeTfjs(folders.tfjs, logits, about);
    if (tensorflow) await writeSavedModel(folders.savedModel, tensorflow, logits, about);
  });
  const { pixels, shape, labels } = await training.firstImages('valid', EXAMPLES);
  const images = tensor(pixels, [labels.length, ...shape]);
  const inputExample = { images: await images.array() };
  images.dispose();
  return {
    kind: 'model',
    name: 'model',
    step,
    folders: tensorflow ? folders : { tfjs: folders.tfjs },
    inputs: { images: [-1, ...network.inputShape] },
    outputs: { logits: [-1, network.classes] },
    classNames: dataset.classNames,
    inputExample,
  };
}
