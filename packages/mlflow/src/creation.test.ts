import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { idempotencyTag } from './creation.js';
import { firstTimes, startProxy, type Proxy } from './testing/proxy.js';
import { client, newName, serverUri, storedRuns } from './testing/recorded.js';

let proxy: Proxy;
beforeAll(async () => {
  proxy = await startProxy(serverUri);
});
afterEach(() => {
  proxy.fault = () => undefined;
});
afterAll(() => proxy.close());

const first = { run_name: 'first', start_time: 1_700_000_000_000, tags: [] };

describe('though the answers are lost', () => {
  it('makes one run', async () => {
    proxy.fault = firstTimes('runs/create', 2, 'lose the answer');
    const name = newName('once');
    const experiment_id = await client().experiment(name);
    const { info } = await client(proxy.uri).createRun({ ...first, experiment_id });
    expect((await storedRuns(name)).map((run) => run.info.run_id)).toEqual([info.run_id]);
  });

  it('makes one logged model', async () => {
    proxy.fault = firstTimes('logged-models', 2, 'lose the answer');
    const experiment_id = await client().experiment(newName('once'));
    const made = await client(proxy.uri).createLoggedModel({ experiment_id, name: 'lenet5' });
    const { models } = await client().call('logged-models/search', { experiment_ids: [experiment_id] });
    expect(models.map(({ info }) => info.model_id)).toEqual([made.info.model_id]);
  });

  it('makes one registered model, one version, and one more for another key', async () => {
    const answers = ['registered-models/create', 'model-versions/create'];
    proxy.fault = (path) => {
      const at = answers.indexOf(path);
      return at >= 0 && answers.splice(at, 1) ? 'lose the answer' : undefined;
    };
    const experiment_id = await client().experiment(newName('once'));
    const { info } = await client().createRun({ ...first, experiment_id });
    const name = newName("ada's digits");
    const asking = client(proxy.uri);
    expect(await asking.registeredModel(name)).toMatchObject({ name });
    expect(await asking.registeredModel(name)).toMatchObject({ name });
    const source = { name, source: `runs:/${info.run_id}/model`, run_id: info.run_id };
    const tags = [{ key: idempotencyTag, value: newName('key') }];
    expect((await asking.createModelVersion({ ...source, tags })).version).toBe('1');
    expect((await asking.createModelVersion({ ...source, tags })).version).toBe('1');
    expect(answers).toEqual([]);
    expect((await asking.createModelVersion(source)).version).toBe('2');
    const { model_versions } = await client().call('model-versions/search', {
      filter: `name = "${name}"`,
    });
    expect(model_versions.map(({ version }) => version).sort()).toEqual(['1', '2']);
    await asking.setAlias({ name, version: '2' }, 'champion');
    await asking.setAlias({ name, version: '1' }, 'champion');
    const champion = await client().call('registered-models/get-by-alias', { name, alias: 'champion' });
    expect(champion.model_version.version).toBe('1');
  });

  it('many clients make one registered model', async () => {
    const name = newName('raced');
    const models = await Promise.all(Array.from({ length: 6 }, () => client().registeredModel(name)));
    expect(new Set(models.map((model) => model.name))).toEqual(new Set([name]));
  });

  it('takes a refusal of the second attempt for what it is: done', async () => {
    const experiment_id = await client().experiment(newName('done'));
    const asking = client(proxy.uri);
    const { info } = await client().createRun({ ...first, experiment_id });
    const model = await client().createLoggedModel({ experiment_id, name: 'lenet5' });
    const { model_id } = model.info;
    const { run_id } = info;
    proxy.fault = firstTimes('runs/outputs', 1, 'lose the answer');
    await asking.call('runs/outputs', { run_id, models: [{ model_id, step: 1 }] });
    proxy.fault = firstTimes(`logged-models/${model_id}/params`, 1, 'lose the answer');
    await asking.call('logged-models/log-params', { model_id, params: [{ key: 'a', value: 'b' }] });
    await client().call('runs/set-tag', { run_id, key: 'gone', value: 'x' });
    proxy.fault = firstTimes('runs/delete-tag', 1, 'lose the answer');
    await asking.call('runs/delete-tag', { run_id, key: 'gone' });
    await expect(asking.call('runs/delete-tag', { run_id, key: 'gone' })).rejects.toThrow('404');
    const { outputs } = (await client().call('runs/get', { run_id })).run;
    expect(outputs.model_outputs).toEqual([{ model_id, step: 1 }]);
  });

  it('does not send again by itself what would be made anew', async () => {
    proxy.fault = firstTimes('runs/create', 1, 'lose the answer');
    const name = newName('once');
    const experiment_id = await client().experiment(name);
    const sent = client(proxy.uri).call('runs/create', { ...first, experiment_id });
    await expect(sent).rejects.toThrow('does not answer runs/create (ECONNRESET)');
    expect(await storedRuns(name)).toHaveLength(1);
  });
});

it.each(['', "a'b", 'a`b'])('refuses %j as an idempotency key', async (value) => {
  const sent = client().createRun({ ...first, experiment_id: '0', tags: [{ key: idempotencyTag, value }] });
  await expect(sent).rejects.toThrow(/^MLflow runs\/create was not sent: its tag .+ is empty or holds/);
});
