import { expect, it } from '@jest/globals';
import { client, newName } from '../testing/recorded.js';

const tracked = client();

it('experiments are renamed, tagged, deleted and restored', async () => {
  const name = newName('spec');
  const { experiment_id } = await tracked.call('experiments/create', {
    name,
    tags: [{ key: 'made', value: 'yes' }],
  });
  const long = 'x'.repeat(20_000);
  await tracked.call('experiments/set-experiment-tag', {
    experiment_id,
    key: 'mlflow.note.content',
    value: long,
  });
  await tracked.call('experiments/delete-experiment-tag', { experiment_id, key: 'made' });
  await tracked.call('experiments/update', { experiment_id, new_name: `${name}-2` });
  const { experiment } = await tracked.call('experiments/get', { experiment_id });
  expect(experiment).toMatchObject({ name: `${name}-2`, lifecycle_stage: 'active' });
  expect(experiment.tags).toContainEqual({ key: 'mlflow.note.content', value: long });
  expect(experiment.tags.map(({ key }) => key)).not.toContain('made');
  await tracked.call('experiments/delete', { experiment_id });
  const gone = await tracked.call('experiments/get', { experiment_id });
  expect(gone.experiment.lifecycle_stage).toBe('deleted');
  await tracked.call('experiments/restore', { experiment_id });
});

it('runs are deleted and restored, their tags deleted, their history paged', async () => {
  const experiment_id = await tracked.experiment(newName('spec'));
  const tags = [{ key: 'gone', value: 'x' }];
  const created = await tracked.call('runs/create', { experiment_id, run_name: 'a', start_time: 1, tags });
  const { run_id } = created.run.info;
  await tracked.call('runs/delete-tag', { run_id, key: 'gone' });
  await tracked.call('runs/delete', { run_id });
  const { run } = await tracked.call('runs/get', { run_id });
  expect(run.info.lifecycle_stage).toBe('deleted');
  expect(run.data.tags.map(({ key }) => key)).not.toContain('gone');
  await tracked.call('runs/restore', { run_id });
  const search = { experiment_ids: [experiment_id], run_view_type: 'ACTIVE_ONLY' as const };
  expect((await tracked.call('runs/search', { ...search, max_results: 1 })).runs).toHaveLength(1);

  const metrics = [0, 1, 2, 3, 4].map((step) => ({
    key: 'loss',
    value: step / 2,
    timestamp: 1 + step,
    step,
  }));
  await tracked.call('runs/log-batch', { run_id, metrics });
  const asked = { run_id, metric_key: 'loss', max_results: 3 };
  const first = await tracked.call('metrics/get-history', asked);
  expect(first.metrics).toHaveLength(3);
  const rest = await tracked.call('metrics/get-history', { ...asked, page_token: first.next_page_token });
  expect(rest.next_page_token).toBeUndefined();
  expect([...first.metrics, ...rest.metrics].map(({ value }) => value)).toEqual([0, 0.5, 1, 1.5, 2]);
});
