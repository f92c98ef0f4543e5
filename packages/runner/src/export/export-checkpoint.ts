import { writeSafetensors } from '@paperlab/core';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Checkpoint } from '../checkpoint/checkpoint.js';
import { evaluatedWeights, findCheckpoint } from '../load-checkpoint.js';
import { descriptionOf, type ExportDescription } from './description.js';
import { withLogits } from './logits.js';
import { checkFree, newFolder } from './new-folder.js';
import { writeSavedModel } from './saved-model.js';
import { writeTfjs } from './tfjs.js';

export type ExportFormat = 'saved-model' | 'tfjs' | 'safetensors';

export interface ExportOptions {
  readonly to: ExportFormat;
  /** Must not be there yet, or be empty. Default: the format and the checkpoint's name, beside the checkpoint. */
  readonly folder?: string;
  /** Told, in a line each, which checkpoints are damaged, and what takes long. Default: nobody. */
  readonly report?: (line: string) => void;
}

export interface Exported {
  /** The checkpoint's own directory. */
  readonly checkpoint: string;
  readonly folder: string;
  /** Paths in the folder. */
  readonly files: readonly string[];
  /** Of all files. */
  readonly bytes: number;
  readonly description: ExportDescription;
}

/**
 * Writes the model of a checkpoint for other programs, with the weights that it is evaluated with:
 * - `saved-model`: for Python's `tf.saved_model.load` and TensorFlow Serving. The signature `serving_default` takes
 *   `images`, float32 `[batch, height, width, channels]`, as the network takes them, and gives `logits`.
 * - `tfjs`: `model.json`, for `tf.loadLayersModel`.
 * - `safetensors`: all weights by name.
 *
 * What the model was trained on, how its images are prepared and what its classes are called is in the folder as well:
 * see `ExportDescription`. Of a network with several outputs the first two formats have the logits only. `saved-model`
 * loads TensorFlow and makes it tfjs's backend.
 *
 * @param path as for `loadCheckpoint`
 * @throws if the checkpoint cannot be read, or the folder not be written; nothing of it stays then
 */
export async function exportCheckpoint(
  path: string,
  { to, folder: given, report = () => undefined }: ExportOptions,
): Promise<Exported> {
  if (given !== undefined) await checkFree(given); // before a large checkpoint is read
  const { path: found, checkpoint } = await findCheckpoint(path, report);
  const folder = given ?? join(dirname(found), `${to}-${basename(found)}`);
  const description = descriptionOf(checkpoint.state);
  const write = {
    'saved-model': (draft: string) => exportSavedModel(draft, checkpoint, description, report),
    tfjs: (draft: string) => withLogits(checkpoint, (model) => writeTfjs(draft, model, description)),
    safetensors: (draft: string) => writeWeights(draft, checkpoint, description),
  }[to];
  await newFolder(folder, write);
  const files = await filesIn(folder);
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size));
  return { checkpoint: found, folder, files, bytes: sizes.reduce((sum, size) => sum + size, 0), description };
}

async function exportSavedModel(
  folder: string,
  checkpoint: Checkpoint,
  description: ExportDescription,
  report: (line: string) => void,
): Promise<void> {
  const { tensorflow } = await import('@paperlab/engine');
  const engine = await tensorflow({ report });
  try {
    await withLogits(checkpoint, (model) => writeSavedModel(folder, engine, model, description));
  } finally {
    await engine.dispose();
  }
}

/** One key: Python's library writes several in any order, so that the same file would have other bytes each time. */
async function writeWeights(
  folder: string,
  checkpoint: Checkpoint,
  description: ExportDescription,
): Promise<void> {
  const metadata = { paperlab: JSON.stringify(description) };
  await mkdir(folder);
  await writeFile(
    join(folder, 'model.safetensors'),
    writeSafetensors({ tensors: evaluatedWeights(checkpoint), metadata }),
  );
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
