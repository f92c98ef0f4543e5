import type { RunDescription, Split } from '@paperlab/core';
import type { CheckpointInput } from './checkpoint.js';

/** What the model of a run takes. */
export function inputOf({ experiment, datasets }: RunDescription): CheckpointInput {
  const { source, transforms } = datasets.valid as Split;
  const channels = source.kind === 'arrays' ? source.shape[2] : source.channels;
  return {
    classNames: [...experiment.dataset.classNames],
    sourceShape: source.kind === 'arrays' ? [...source.shape] : null,
    channels: channels === 1 ? 1 : 3,
    transforms: transforms.some(({ name }) => name === 'map') ? null : [...transforms],
  };
}
