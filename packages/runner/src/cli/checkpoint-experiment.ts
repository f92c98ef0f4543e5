import { type Experiment, experimentParams } from '@paperlab/core';
import { existsSync } from 'node:fs';
import type { CheckpointState } from '../checkpoint/checkpoint.js';
import { composeExperiment } from '../compose-experiment.js';
import { experimentFile } from '../experiment-file.js';

/**
 * The experiment that a checkpoint is of: its data and its loss.
 * @param file given by the user; default: as the checkpoint says
 * @throws if the checkpoint does not say, or what there is now has another model or dataset
 */
export async function checkpointExperiment(
  { source, params }: CheckpointState,
  path: string,
  file: string | undefined,
): Promise<Experiment> {
  const from = file === undefined ? source : { ...source, file };
  if (from === null) throw new Error(`${path} names no experiment file; give it with --experiment FILE`);
  if (file === undefined && from.file !== undefined && !existsSync(experimentFile(from.file).file))
    throw new Error(`${path} is of ${from.file}, which is not here; give the file with --experiment FILE`);
  const experiment = await composeExperiment(from);
  const now = experimentParams(experiment);
  const keys = [...new Set([...Object.keys(now), ...Object.keys(params)])];
  const known = ['model', 'dataset'].filter((kind) => kind in params); // nothing of what was imported
  const different = keys.filter((key) => known.includes(key.split('.')[0]!) && now[key] !== params[key]);
  if (different.length === 0) return experiment;
  const changes = different.map(
    (key) => `${key} was ${params[key] ?? 'not set'} and is ${now[key] ?? 'not set'}`,
  );
  throw new Error(
    `${from.file ?? 'what is installed'} is not what ${path} was trained with: ${changes.join('; ')}`,
  );
}
