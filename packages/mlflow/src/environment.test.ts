import { describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { serverAddress } from './address.js';
import { mlflowEnvironment } from './environment.js';

const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString('base64')}`;

describe('mlflowEnvironment', () => {
  it("reads what MLflow's Python client reads", () => {
    const read = mlflowEnvironment({
      MLFLOW_TRACKING_URI: 'https://mlflow.example',
      MLFLOW_TRACKING_USERNAME: 'ada',
      MLFLOW_TRACKING_PASSWORD: 'secret',
      MLFLOW_TRACKING_TOKEN: 'token',
      MLFLOW_TRACKING_INSECURE_TLS: 'TRUE',
      MLFLOW_TRACKING_CLIENT_CERT_PATH: 'client.pem',
      MLFLOW_HTTP_REQUEST_MAX_RETRIES: '0',
      MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR: '3',
      MLFLOW_HTTP_REQUEST_BACKOFF_JITTER: '0.5',
      MLFLOW_HTTP_REQUEST_TIMEOUT: '7',
      MLFLOW_WORKSPACE: ' vision ',
      MLFLOW_EXPERIMENT_NAME: 'mnist',
      MLFLOW_EXPERIMENT_ID: '12',
      MLFLOW_RUN_ID: '0123abcd',
      MLFLOW_OTHER: 'x',
    });
    expect(read).toEqual({
      trackingUri: 'https://mlflow.example',
      username: 'ada',
      password: 'secret',
      token: 'token',
      workspace: 'vision',
      experimentName: 'mnist',
      experimentId: '12',
      runId: '0123abcd',
      tls: { insecure: true, clientCertPath: 'client.pem' },
      attempts: { maxRetries: 0, backoffFactor: 3, backoffJitter: 0.5, timeout: 7 },
    });
  });

  it('leaves out what is not set, or empty', () => {
    expect(mlflowEnvironment({ MLFLOW_TRACKING_URI: '', MLFLOW_HTTP_REQUEST_TIMEOUT: '' })).toEqual({
      tls: {},
      attempts: {},
    });
  });

  it.each([
    ['MLFLOW_HTTP_REQUEST_MAX_RETRIES', 'many', 'a whole number from 0 to 10'],
    ['MLFLOW_HTTP_REQUEST_MAX_RETRIES', '11', 'a whole number from 0 to 10'],
    ['MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR', '-1', 'a number of seconds from 0 to 120'],
    ['MLFLOW_HTTP_REQUEST_BACKOFF_JITTER', '1s', 'a number of seconds from 0 to 120'],
    ['MLFLOW_HTTP_REQUEST_TIMEOUT', '0', 'a number of seconds from 1 to 86400'],
    ['MLFLOW_TRACKING_INSECURE_TLS', 'yes', 'true, false, 1 or 0'],
    ['MLFLOW_RUN_ID', '../run', 'the id of a run'],
  ])('says in one line that %s cannot be %s', (name, value, expected) => {
    expect(() => mlflowEnvironment({ [name]: value })).toThrow(
      new Error(`${name} is "${value}", it must be ${expected}`),
    );
  });

  it('refuses to trust any certificate and only some', () => {
    const both = { MLFLOW_TRACKING_INSECURE_TLS: '1', MLFLOW_TRACKING_SERVER_CERT_PATH: 'ca.pem' };
    expect(() => mlflowEnvironment(both)).toThrow('set one of them');
  });

  it('takes from ~/.mlflow/credentials what it lacks', async () => {
    const HOME = await mkdtemp(join(process.env.PAPERLAB_TEST_DIRECTORY as string, 'home-'));
    await mkdir(join(HOME, '.mlflow'));
    const lines = ['[other]', 'mlflow_tracking_username = eve', '[mlflow]', '# mine'];
    lines.push('mlflow_tracking_username = ada', 'MLFLOW_TRACKING_PASSWORD: 100%% =secret', '');
    await writeFile(join(HOME, '.mlflow', 'credentials'), lines.join('\n'));
    expect(mlflowEnvironment({ HOME })).toMatchObject({ username: 'ada', password: '100% =secret' });
    const uri = 'http://mlflow.example';
    expect(serverAddress(uri, { HOME })?.authorization).toBe(basic('ada:100% =secret'));
    const named = { HOME, MLFLOW_TRACKING_USERNAME: 'bob' };
    expect(serverAddress(uri, named)?.authorization).toBe(basic('bob:100% =secret'));
  });
});

describe('serverAddress', () => {
  it('takes all of an address from the environment', () => {
    const environment = {
      MLFLOW_TRACKING_URI: 'http://mlflow.example/prefix/?token=abc',
      MLFLOW_WORKSPACE: 'vision',
      MLFLOW_HTTP_REQUEST_TIMEOUT: '7',
    };
    expect(serverAddress(undefined, environment)).toEqual({
      uri: 'http://mlflow.example/prefix',
      workspace: 'vision',
      tls: {},
      attempts: { timeout: 7 },
    });
    expect(serverAddress(undefined, {})).toBeUndefined();
  });

  it('takes credentials as they are written in an address', () => {
    expect(serverAddress('http://ada:50%25%zz@h', {})?.authorization).toBe(basic('ada:50%%zz'));
  });

  it.each([
    'sqlite:///mlflow.db',
    'localhost:5000',
    'http//x',
    'ftp://me:secret@host',
    'ada:secret@host:5000',
    'http://ada:se/secret@host',
    'ftp://host?token=secret',
  ])('%s is not an address', (uri) => {
    expect(() => serverAddress(uri, {})).toThrow(
      /^MLflow tracking URI ".*" is not the address of a server: write http/,
    );
    expect(() => serverAddress(uri, {})).not.toThrow(/secret/);
  });

  it('refuses a token that no header can hold, without showing it', () => {
    const of = () => serverAddress('http://h', { MLFLOW_TRACKING_TOKEN: 'secret\n' });
    expect(of).toThrow(/^MLFLOW_TRACKING_TOKEN holds a space, a line break/);
    expect(of).not.toThrow(/secret/);
  });
});
