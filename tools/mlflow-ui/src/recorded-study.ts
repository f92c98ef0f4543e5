import { defineExperiment, study } from '@paperlab/core';
import { mnist } from '@paperlab/datasets';
import { mlflow, MlflowClient, type MlflowServer, startServer } from '@paperlab/mlflow';
import { recipes } from '@paperlab/model-lenet5';
import { runStudy } from '@paperlab/runner';
import getPort from 'get-port';
import { join } from 'node:path';

const NAME = 'lenet5-studies';
/** Name of the study's run. */
export const STUDY = `${NAME} study`;
const REGISTERED = 'digits';
export const ALIAS = 'newest';

const { base, relu, maxPool } = recipes.studies;
export const VARIANTS = ['base', 'relu', 'maxPool'];

export interface StudySize {
  /** The first so many of MNIST's training images. */
  readonly images: number;
  readonly epochs: number;
  /** The folder of server, runs and checkpoints. */
  readonly folder: string;
  readonly report?: (line: string) => void;
}

/** A real MLflow server with a study of LeNet-5 on MNIST in it: three variants, each a model of the registry. */
export async function recordedStudy({ images, epochs, folder, report }: StudySize): Promise<MlflowServer> {
  const port = await getPort(); // not MLflow's own, which a person's server may have
  const server = await startServer({ directory: join(folder, 'server'), port, report });
  try {
    const dataset = mnist({ size: 32, train: `train[:${images}]`, valid: 'test[:1000]' });
    const what = study(defineExperiment({ name: NAME, dataset, ...base, epochs }), {
      base: {},
      relu: { model: relu.model },
      maxPool: { model: maxPool.model },
    });
    const tracker = mlflow({
      uri: server.uri,
      directory: folder,
      registeredModelName: REGISTERED,
      registeredModelAlias: ALIAS,
    });
    await runStudy(what, {
      folder: join(folder, 'study'),
      trackers: [tracker],
      source: { file: 'experiments/lenet5-studies.ts' },
      report,
      onEpoch: (variant, { epoch, valid }) => report?.(`${variant}, epoch ${epoch + 1}: ${valid.top1}`),
    });
  } catch (error) {
    await server.close();
    throw error;
  }
  return server;
}

/** Where the UI shows what was recorded. */
export async function addresses({ uri }: MlflowServer, variant: string) {
  const client = new MlflowClient({ uri });
  const experiment_id = await client.experiment(NAME);
  const filter = `attributes.run_name = '${variant}'`;
  const { runs } = await client.call('runs/search', { experiment_ids: [experiment_id], filter });
  const experiment = `${uri}/#/experiments/${experiment_id}`;
  return {
    runs: `${experiment}/runs`,
    charts: `${experiment}/runs?compareRunsMode=CHART`,
    variant: `${experiment}/runs/${runs[0]!.info.run_id}`,
    registered: `${uri}/#/models/${REGISTERED}`,
  };
}
