import { expect, it } from '@jest/globals';
import { client, newName } from '../testing/recorded.js';

const tracked = client();

it('logged models carry params, tags, metrics, files and a state', async () => {
  const experiment_id = await tracked.experiment(newName('spec'));
  const { run } = await tracked.call('runs/create', {
    experiment_id,
    run_name: 'first',
    start_time: 1_700_000_000_000,
    tags: [],
  });
  const { run_id } = run.info;
  const { model } = await tracked.call('logged-models/create', {
    experiment_id,
    name: 'lenet5',
    model_type: 'classifier',
    source_run_id: run_id,
    params: [{ key: 'layers', value: '7' }],
    tags: [{ key: 'paper', value: 'LeCun 1998' }],
  });
  const { model_id } = model.info;
  expect(model.info).toMatchObject({ status: 'LOGGED_MODEL_PENDING', name: 'lenet5', source_run_id: run_id });

  await tracked.putArtifact(model, 'MLmodel', () => 'flavors: {}\n');
  await tracked.call('runs/outputs', { run_id, models: [{ model_id, step: 3 }] });
  await tracked.call('logged-models/log-params', { model_id, params: [{ key: 'weights', value: '61706' }] });
  await tracked.call('logged-models/set-tags', {
    model_id,
    tags: [
      { key: 'kept', value: 'é' },
      { key: 'a/b %', value: 'x' },
    ],
  });
  await tracked.call('logged-models/delete-tag', { model_id, tag_key: 'paper' });
  const point = { key: 'top1', value: 0.99, timestamp: 1_700_000_000_123, step: 3, model_id };
  const data = { dataset_name: 'mnist', dataset_digest: '9a1b' };
  await tracked.call('runs/log-batch', { run_id, metrics: [{ ...point, ...data }] });
  const ready = await tracked.call('logged-models/finalize', { model_id, status: 'LOGGED_MODEL_READY' });
  expect(ready.model.info.status).toBe('LOGGED_MODEL_READY');

  const stored = (await tracked.call('logged-models/get', { model_id })).model;
  expect(stored.info.tags).toEqual(
    expect.arrayContaining([
      { key: 'kept', value: 'é' },
      { key: 'a/b %', value: 'x' },
    ]),
  );
  expect(stored.info.tags.map(({ key }) => key)).not.toContain('paper');
  expect(stored.data.params).toEqual([
    { key: 'layers', value: '7' },
    { key: 'weights', value: '61706' },
  ]);
  expect(stored.data.metrics).toMatchObject([point]);
  const { files } = await tracked.call('logged-models/list-artifacts', { model_id });
  expect(files).toEqual([{ path: 'MLmodel', is_dir: false, file_size: 12 }]);
  const after = await tracked.call('runs/get', { run_id });
  expect(after.run.outputs.model_outputs).toEqual([{ model_id, step: 3 }]);

  const search = { experiment_ids: [experiment_id], filter: "tags.kept = 'é'", max_results: 1 };
  const order_by = [{ field_name: 'creation_timestamp', ascending: false }];
  const found = await tracked.call('logged-models/search', { ...search, order_by });
  expect(found.models.map(({ info }) => info.model_id)).toEqual([model_id]);
  const measured = { field_name: 'metrics.top1', ...data };
  const best = await tracked.call('logged-models/search', {
    experiment_ids: [experiment_id],
    datasets: [data],
    order_by: [measured],
  });
  expect(best.models).toHaveLength(1);
  await tracked.call('logged-models/delete', { model_id });
  const left = await tracked.call('logged-models/search', { experiment_ids: [experiment_id] });
  expect(left.models).toEqual([]);
});
