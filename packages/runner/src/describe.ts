import { type Engine, type Experiment, experimentParams, type RunDescription, summary } from '@paperlab/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Composition } from './composition.js';
import { machineTags } from './machine.js';
import type { Splits } from './training.js';

interface RunDetails {
  /** The network, built. */
  readonly model: LayersModel;
  /** Parameters beside the experiment's. */
  readonly params?: Readonly<Record<string, string>>;
  readonly source?: Composition;
  readonly runName?: string;
}

/** What trackers record of a run when it starts: the experiment, the code, the machine, the data. */
export async function describeRun(
  experiment: Experiment,
  datasets: Splits,
  engine: Engine,
  { model, params = {}, source, runName }: RunDetails,
): Promise<RunDescription> {
  const { parameters, macs } = summary(model);
  const tags = {
    ...(await machineTags()),
    'paperlab.engine': engine.name,
    'model.parameters': String(parameters),
    'model.macs': String(macs),
  };
  return {
    experiment,
    params: { ...experimentParams(experiment), ...params },
    tags: {
      ...tags,
      ...(source?.file !== undefined && { 'mlflow.source.name': source.file }),
      ...(runName !== undefined && { 'mlflow.runName': runName }),
    },
    datasets,
  };
}
