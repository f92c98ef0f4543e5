import type { Transform } from '@paperlab/core';
import type { CheckpointState } from '../checkpoint/checkpoint.js';

/** What an exported model is, beside its weights: as JSON in the file that the format has for it. */
export interface ExportDescription {
  readonly model: string;
  /** That the model was made with. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Optimizer steps, and epochs, that it was trained for. */
  readonly step: number;
  readonly epoch: number;
  /** By the logits' order. */
  readonly classNames: readonly string[];
  /** How images become what the model takes. */
  readonly input: {
    /** Of the dataset's images before the transforms, `[height, width, channels]`; null where they differ in size. */
    readonly sourceShape: readonly number[] | null;
    readonly channels: number;
    /** In order, from bytes; null if one of them is a function. */
    readonly transforms: readonly Transform[] | null;
  };
}

export function descriptionOf(
  state: Pick<CheckpointState, 'params' | 'source' | 'name' | 'step' | 'epoch' | 'input'>,
): ExportDescription {
  const { params, source, name, step, epoch, input } = state;
  const { classNames, sourceShape, channels, transforms } = input;
  const options = Object.entries(params)
    .filter(([key]) => key.startsWith('model.'))
    .map(([key, value]) => [key.slice('model.'.length), value]);
  return {
    model: params['model'] ?? name,
    options: params['model'] === undefined ? (source?.model?.options ?? {}) : Object.fromEntries(options),
    step,
    epoch,
    classNames,
    input: { sourceShape, channels, transforms },
  };
}
