import type { Engine } from '@paperlab/core';
import type { TensorFlowEngine } from '@paperlab/engine';

/** The engine, if it is TensorFlow's. */
export const tensorflowOf = (engine: Engine): TensorFlowEngine | undefined =>
  'saveModel' in engine ? (engine as TensorFlowEngine) : undefined;
