import { describe, expect, it } from '@jest/globals';
import { client, newName } from '../testing/recorded.js';

const tracked = client();

async function newRun() {
  const experiment_id = await tracked.experiment(newName('spec'));
  const request = { experiment_id, run_name: 'first', start_time: 1_700_000_000_000, tags: [] };
  return (await tracked.call('runs/create', request)).run.info;
}

describe('registered models', () => {
  it('are made, changed, searched, renamed and deleted', async () => {
    const name = newName('registered');
    const tags = [{ key: 'task', value: 'digits' }];
    const { registered_model } = await tracked.call('registered-models/create', {
      name,
      description: 'first words',
      tags,
    });
    expect(registered_model).toMatchObject({ name, description: 'first words', tags });
    await tracked.call('registered-models/update', { name, description: 'other words' });
    await tracked.call('registered-models/set-tag', { name, key: 'seen', value: 'yes' });
    await tracked.call('registered-models/delete-tag', { name, key: 'task' });
    const { registered_models } = await tracked.call('registered-models/search', {
      filter: `name = '${name}'`,
      max_results: 5,
      order_by: ['name ASC', 'last_updated_timestamp DESC'],
    });
    expect(registered_models).toMatchObject([
      { name, description: 'other words', tags: [{ key: 'seen', value: 'yes' }] },
    ]);
    const other = newName('renamed');
    await tracked.call('registered-models/rename', { name, new_name: other });
    expect((await tracked.call('registered-models/get', { name: other })).registered_model.name).toBe(other);
    await tracked.call('registered-models/delete', { name: other });
    await expect(tracked.call('registered-models/get', { name: other })).rejects.toThrow(
      '404 RESOURCE_DOES_NOT_EXIST',
    );
  });

  it('have versions with aliases', async () => {
    const name = newName('versioned');
    const { run_id, artifact_uri } = await newRun();
    await tracked.call('registered-models/create', { name });
    const create = { name, source: `runs:/${run_id}/model`, run_id };
    const tags = [{ key: 'long', value: 'x'.repeat(9000) }];
    const { model_version } = await tracked.call('model-versions/create', {
      ...create,
      tags,
      description: 'd',
    });
    expect(model_version).toMatchObject({ ...create, version: '1', status: 'READY', tags, description: 'd' });
    await tracked.call('model-versions/create', { name, run_id, source: `${artifact_uri}/model` });

    const version = '2';
    await tracked.call('model-versions/update', { name, version, description: 'better' });
    await tracked.call('model-versions/set-tag', { name, version, key: 'top1', value: '0.99' });
    await tracked.call('model-versions/set-tag', { name, version, key: 'gone', value: '' });
    await tracked.call('model-versions/delete-tag', { name, version, key: 'gone' });
    await tracked.call('registered-models/set-alias', { name, alias: 'champion', version });
    const stored = await tracked.call('model-versions/get', { name, version });
    expect(stored.model_version).toMatchObject({
      description: 'better',
      aliases: ['champion'],
      tags: [{ key: 'top1', value: '0.99' }],
    });
    const champion = await tracked.call('registered-models/get-by-alias', { name, alias: 'champion' });
    expect(champion.model_version.version).toBe('2');
    const { artifact_uri: download } = await tracked.call('model-versions/get-download-uri', {
      name,
      version: '2',
    });
    expect(download).toBe(`${artifact_uri}/model`);
    await tracked.call('registered-models/delete-alias', { name, alias: 'champion' });
    await tracked.call('model-versions/delete', { name, version: '1' });
    const { model_versions } = await tracked.call('model-versions/search', { filter: `name = '${name}'` });
    expect(model_versions).toMatchObject([{ version: '2', aliases: [] }]);
  });

  it.each([
    ['a name like a path', { name: 'a/b', alias: 'champion', version: '1' }, 'name: '],
    ['a reserved alias', { name: 'a', alias: 'V3', version: '1' }, 'alias: MLflow keeps'],
    ['a version that is none', { name: 'a', alias: 'champion', version: 'two' }, 'version: a version'],
  ])('%s is refused in one line', async (_, request, named) => {
    const sent = tracked.call('registered-models/set-alias', request);
    await expect(sent).rejects.toThrow(`MLflow registered-models/set-alias was not sent: ${named}`);
  });
});
