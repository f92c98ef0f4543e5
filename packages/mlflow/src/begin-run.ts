import type { MlflowClient } from './client.js';
import type { JournalRequest } from './journal.js';
import type { Run } from './spec.js';

/** The tag that holds `TrackedRun.id`, by which the parts of a run find it. */
export const runTag = 'paperlab.run';

/** A run as the server has it, or the id of the one that the server must have before. */
export type Begun = Run | { readonly waitsFor: string };

type Body<Endpoint extends JournalRequest['endpoint']> = (JournalRequest & { endpoint: Endpoint })['body'];

/** Makes a run, as a part of its parent if it has one; or finds it, if it was made before. */
export async function createRun(
  client: MlflowClient,
  { parent, ...body }: Body<'runs/create'>,
  experiment_id: string,
): Promise<Begun> {
  const link = await parentTags(client, parent, experiment_id);
  if (!link) return { waitsFor: parent! };
  return client.createRun({ ...body, tags: [...body.tags, ...link], experiment_id });
}

/** The run that `MLFLOW_RUN_ID` named. */
export async function findRun(client: MlflowClient, { run_id, parent }: Body<'runs/get'>): Promise<Begun> {
  const run = await client.run(run_id);
  if (!run) throw new Error(`MLflow at ${client.uri} has no run ${run_id}, which MLFLOW_RUN_ID named`);
  const tags = await parentTags(client, parent, run.info.experiment_id);
  if (!tags) return { waitsFor: parent! };
  if (tags.length > 0) await client.call('runs/log-batch', { run_id, tags });
  return run;
}

/**
 * The tag that makes a run a part of another, which may have been sent by another process, from another machine;
 * `undefined` while it is not there.
 */
async function parentTags(client: MlflowClient, parent: string | undefined, experiment_id: string) {
  if (parent === undefined) return [];
  const { runs } = await client.call('runs/search', {
    experiment_ids: [experiment_id],
    filter: `tags.\`${runTag}\` = '${parent.replaceAll("'", "''")}'`,
    run_view_type: 'ALL',
    max_results: 1,
  });
  return runs[0] && [{ key: 'mlflow.parentRunId', value: runs[0].info.run_id }];
}
