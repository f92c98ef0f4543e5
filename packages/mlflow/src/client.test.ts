import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { inspect } from 'node:util';
import { serverAddress, type ServerAddress } from './address.js';
import { MlflowClient } from './client.js';
import { idempotencyTag } from './creation.js';
import type { Run } from './spec.js';
import { startProxy, type Fault, type Proxy } from './testing/proxy.js';
import { client, history, newName, serverUri } from './testing/recorded.js';

async function newRun(name = newName('client'), asking = client()) {
  const experiment_id = await asking.experiment(name);
  const tags = [{ key: idempotencyTag, value: newName('key') }];
  return asking.createRun({ experiment_id, run_name: 'first', start_time: 1_700_000_000_000, tags });
}

describe('with a real server', () => {
  it('reads back everything that it stored', async () => {
    const { info } = await newRun();
    const { run_id } = info;
    const points = [1, 0.1, 1e-300, -0, NaN, Infinity, -Infinity].map((value, step) => ({
      key: 'train/loss: é',
      value: Number.isFinite(value) ? value : (String(value) as 'NaN'),
      timestamp: 1_700_000_000_123 + step,
      step,
    }));
    await client().call('runs/log-batch', {
      run_id,
      params: [{ key: 'lr', value: '0.1' }],
      tags: [{ key: 't', value: 'é' }],
    });
    await client().call('runs/log-batch', { run_id, metrics: points });
    await client().call('runs/set-tag', { run_id, key: 'note', value: 'later' });
    const dataset = {
      name: 'mnist',
      digest: '9a1b',
      source_type: 'code',
      source: '{"tags":{}}',
      profile: '{"n":3}',
    };
    const tags = [{ key: 'mlflow.data.context', value: 'training' }];
    await client().call('runs/log-inputs', { run_id, datasets: [{ tags, dataset }] });
    await client().call('runs/update', { run_id, status: 'FAILED', end_time: 1_700_000_009_000 });

    const { run } = await client().call('runs/get', { run_id });
    expect(run.info).toMatchObject({
      status: 'FAILED',
      start_time: 1_700_000_000_000,
      end_time: 1_700_000_009_000,
    });
    expect(run.data.params).toEqual([{ key: 'lr', value: '0.1' }]);
    expect(run.data.tags).toEqual(
      expect.arrayContaining([
        { key: 't', value: 'é' },
        { key: 'note', value: 'later' },
      ]),
    );
    expect(run.inputs.dataset_inputs).toEqual([{ tags, dataset }]);
    const largest = Number.MAX_VALUE; // an SQL store keeps infinities so
    const stored = await history(run, 'train/loss: é');
    expect(stored.map(({ value }) => value)).toEqual([1, 0.1, 1e-300, 0, 'NaN', largest, -largest]);
    expect(stored.map(({ step, timestamp }) => [step, timestamp])).toEqual(
      points.map((p) => [p.step, p.timestamp]),
    );
  });

  it('makes an experiment once, however many ask, and brings a deleted one back', async () => {
    const name = newName('raced');
    const ids = await Promise.all(Array.from({ length: 6 }, () => client().experiment(name)));
    expect(new Set(ids).size).toBe(1);
    const experiment_id = ids[0] as string;
    await fetch(`${serverUri}/api/2.0/mlflow/experiments/delete`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ experiment_id }),
    });
    expect(await client().experiment(name)).toBe(experiment_id);
    const { experiments } = await client().call('experiments/search', {
      max_results: 1,
      filter: `name = '${name}'`,
    });
    expect(experiments[0]).toMatchObject({ experiment_id, lifecycle_stage: 'active' });
  });

  it('says in one line what the server refused', async () => {
    const { info } = await newRun();
    const log = (value: string) =>
      client().call('runs/log-batch', { run_id: info.run_id, params: [{ key: 'lr', value }] });
    await log('0.1');
    await expect(log('0.2')).rejects.toThrow(
      /^MLflow runs\/log-batch: 400 INVALID_PARAMETER_VALUE Changing param values.*$/,
    );
    const missing = client().call('runs/get', { run_id: 'f'.repeat(32) });
    await expect(missing).rejects.toThrow(
      /^MLflow runs\/get: 404 RESOURCE_DOES_NOT_EXIST Run with id=f+ not found; is .*$/,
    );
    expect(await client().run('f'.repeat(32))).toBeUndefined();
  });
});

describe('behind a network that fails', () => {
  let proxy: Proxy;
  beforeAll(async () => {
    proxy = await startProxy(serverUri);
  });
  afterEach(() => {
    proxy.fault = () => undefined;
  });
  afterAll(() => proxy.close());
  const count = (path: string) => proxy.requests.filter((request) => request.path === path).length;

  it('tries again on 429, 503 and a lost answer', async () => {
    const faults = [
      { status: 429, headers: { 'Retry-After': '1' } },
      { status: 503 },
      'lose the answer',
    ] as const;
    const left = [...faults];
    proxy.fault = (path) => (path === 'experiments/create' ? left.shift() : undefined);
    const name = newName('retried');
    const start = Date.now();
    const id = await client(proxy.uri).experiment(name);
    expect(id).toBe(await client().experiment(name));
    expect(Date.now() - start).toBeGreaterThan(1000);
    expect(count('experiments/create')).toBe(4);
  });

  it('gives up after five attempts, in one line', async () => {
    const before = count('runs/get');
    proxy.fault = () => ({
      status: 503,
      body: '<html><style>p{}</style><h1>Service\nUnavailable</h1></html>',
    });
    await expect(client(proxy.uri).run('r')).rejects.toThrow(/^MLflow runs\/get: 503 Service Unavailable$/);
    expect(count('runs/get') - before).toBe(5);
  });

  it('does not try again what the server understood, and says what to do', async () => {
    const before = count('runs/get');
    proxy.fault = () => ({ status: 422, body: '{"detail":[{"msg":"no"}]}' });
    await expect(client(proxy.uri).run('r')).rejects.toThrow('MLflow runs/get: 422 [{"msg":"no"}]');
    proxy.fault = () => ({ status: 401, body: 'You are not authenticated' });
    await expect(client(proxy.uri).run('r')).rejects.toThrow(
      '401 You are not authenticated; set MLFLOW_TRACKING_USERNAME',
    );
    proxy.fault = () => ({ status: 301, headers: { Location: 'https://mlflow.example/x' } });
    await expect(client(proxy.uri).run('r')).rejects.toThrow('where it redirects: https://mlflow.example');
    proxy.fault = () => ({ status: 200, body: '<html>a login page</html>' });
    await expect(client(proxy.uri).run('r')).rejects.toThrow(
      'does not answer in JSON: is it an MLflow server?',
    );
    expect(count('runs/get') - before).toBe(4);
  });

  it('sends credentials, and never shows them', async () => {
    const environment = {
      MLFLOW_TRACKING_USERNAME: 'ada',
      MLFLOW_TRACKING_PASSWORD: 'se:cret',
      MLFLOW_TRACKING_TOKEN: 'tok',
    };
    const sentBy = async (uri: string, variables: NodeJS.ProcessEnv) => {
      const address = serverAddress(uri, variables);
      if (!address) throw new Error('no address');
      proxy.fault = () => ({ status: 403, body: 'Permission denied' });
      const message = await new MlflowClient(address).run('r').catch((error: Error) => error.message);
      expect(message).toContain('403 Permission denied');
      expect(message).not.toMatch(/ada|cret|tok/);
      return proxy.requests.at(-1)?.headers.authorization;
    };
    const basic = `Basic ${Buffer.from('ada:se:cret').toString('base64')}`;
    expect(await sentBy(proxy.uri, environment)).toBe(basic);
    expect(await sentBy(proxy.uri.replace('//', '//ada:se%3Acret@'), {})).toBe(basic);
    expect(await sentBy(proxy.uri, { MLFLOW_TRACKING_TOKEN: 'tok' })).toBe('Bearer tok');
  });
});

it('says when no server is there', async () => {
  const nobody = new MlflowClient({ uri: 'http://127.0.0.1:9' });
  await expect(nobody.run('r')).rejects.toThrow(
    /^MLflow at http:\/\/127.0.0.1:9 does not answer runs\/get \(ECONNREFUSED\): is the server running\?$/,
  );
});

describe('with another policy', () => {
  const asking = (uri: string, attempts: ServerAddress['attempts']) =>
    new MlflowClient({ uri, ...(attempts && { attempts }) });

  it('tries as often, waits as long and gives up as soon as the environment says', async () => {
    const proxy = await startProxy(serverUri);
    proxy.fault = () => ({ status: 503 });
    const attempts = { maxRetries: 2, backoffFactor: 0.01, backoffJitter: 0 };
    await expect(asking(proxy.uri, attempts).run('r')).rejects.toThrow('503');
    expect(proxy.requests).toHaveLength(3);
    proxy.fault = () => ({ delay: 5000 });
    const impatient = asking(proxy.uri, { maxRetries: 0, timeout: 1 }).run('r');
    await expect(impatient).rejects.toThrow('does not answer runs/get (ECONNABORTED)');
    const dated = { 'Retry-After': new Date(Date.now() + 2000).toUTCString() };
    const left = [{ status: 429, headers: dated }];
    proxy.fault = () => left.shift();
    const start = Date.now();
    expect(await asking(proxy.uri, attempts).run('f'.repeat(32))).toBeUndefined();
    expect(Date.now() - start).toBeGreaterThan(500);
    await proxy.close();
  });

  it('names its workspace', async () => {
    const proxy = await startProxy(serverUri);
    const inWorkspace = new MlflowClient({
      uri: proxy.uri,
      workspace: 'vision',
      attempts: { maxRetries: 0 },
    });
    await expect(inWorkspace.run('r')).rejects.toThrow('FEATURE_DISABLED Workspace APIs are not available');
    expect(proxy.requests[0]?.headers).toMatchObject({ 'x-mlflow-workspace': 'vision' });
    await proxy.close();
  });
});

it('shows no secret, whatever is looked at', async () => {
  const proxy = await startProxy(serverUri);
  const environment = { MLFLOW_TRACKING_USERNAME: 'ada', MLFLOW_TRACKING_PASSWORD: 's3cret' };
  const address = serverAddress(`${proxy.uri}/?token=hidden`, environment) as ServerAddress;
  const asking = new MlflowClient({ ...address, attempts: { maxRetries: 0 } });
  const encoded = Buffer.from('ada:s3cret').toString('base64');
  const faults: Fault[] = [
    { status: 400, body: `what is "Authorization: Basic ${encoded}", is it s3cret?` },
    { status: 302, headers: { Location: 'https://ada:s3cret@elsewhere/?token=hidden' } },
    { status: 200, body: '<html>' },
    'lose the answer',
  ];
  for (const fault of faults) {
    proxy.fault = () => fault;
    const run = { info: { run_id: 'r', artifact_uri: 'mlflow-artifacts:/1' } } as Run;
    for (const failing of [
      () => asking.run('r'),
      () => asking.putArtifact(run, 'a', () => 'x'),
      () => asking.getArtifact(run, 'a'),
    ]) {
      const error: unknown = await failing().catch((thrown: unknown) => thrown);
      const shown = inspect(error, { depth: 10, showHidden: true }) + inspect(asking, { depth: 10 });
      expect(shown).not.toMatch(new RegExp(`s3cret|hidden|${encoded}`));
    }
  }
  expect(proxy.requests).toHaveLength(12);
  await proxy.close();
});
