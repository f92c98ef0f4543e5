import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import type { Run } from './spec.js';
import { firstTimes, startProxy, type Proxy } from './testing/proxy.js';
import { client, newName, serverUri } from './testing/recorded.js';

let directory: string;
let run: Run;
beforeAll(async () => {
  directory = await mkdtemp(join(process.env.PAPERLAB_TEST_DIRECTORY as string, 'files-'));
  const experiment_id = await client().experiment(newName('artifacts'));
  run = await client().createRun({ experiment_id, run_name: 'a', start_time: 1, tags: [] });
});

async function newFile(name: string, bytes: Buffer): Promise<string> {
  await writeFile(join(directory, name), bytes);
  return join(directory, name);
}

describe('with a real server', () => {
  it('stores, lists, reads and deletes the files of a run', async () => {
    const bytes = randomBytes(300_000);
    await client().putArtifact(run, 'figures/loss curve.png', () => bytes);
    await client().putArtifact(run, 'figures/é+%.bin', () => Readable.from([bytes, bytes]));
    await client().putArtifact(run, 'figures/é+%.bin', () => Readable.from([bytes]));
    await client().putArtifact(run, 'note.txt', () => 'é');
    expect(await client().listArtifacts(run)).toEqual([
      { path: 'figures/loss curve.png', size: 300_000 },
      { path: 'figures/é+%.bin', size: 300_000 },
      { path: 'note.txt', size: 2 },
    ]);
    const stored = await buffer(await client().getArtifact(run, 'figures/é+%.bin'));
    expect(bytes.equals(stored)).toBe(true);
    await client().deleteArtifact(run, 'figures/loss curve.png');
    await client().deleteArtifact(run, 'figures/loss curve.png');
    expect(await client().listArtifacts(run, 'figures')).toHaveLength(1);
    await expect(client().getArtifact(run, 'nothing')).rejects.toThrow(
      /^MLflow artifact nothing: 404 RESOURCE_DOES_NOT_EXIST No such artifact: '.*nothing'; is .*$/,
    );
  });

  it('stores a folder with a logged model, and fetches a file of it', async () => {
    const folder = join(directory, 'saved');
    await mkdir(join(folder, 'variables'), { recursive: true });
    const weights = randomBytes(70_000);
    await writeFile(join(folder, 'MLmodel'), 'flavors: {}\n');
    await writeFile(join(folder, 'variables', 'data'), weights);
    await writeFile(join(folder, 'variables', 'empty'), '');
    const { experiment_id } = run.info;
    const model = await client().createLoggedModel({ experiment_id, name: 'lenet5' });
    await client().putFile(model, 'tf', folder);
    expect(await client().listArtifacts(model)).toEqual([
      { path: 'tf/MLmodel', size: 12 },
      { path: 'tf/variables/data', size: 70_000 },
      { path: 'tf/variables/empty', size: 0 },
    ]);
    const file = join(directory, 'fetched');
    await client().getFile(model, 'tf/variables/data', file);
    expect(weights.equals(await readFile(file))).toBe(true);
  });

  it.each(['', '/abs', 'a//b', '../other', 'a/./b', 'a#b', 'a\\b', 'a%2fb'])(
    '%j is no path of an artifact',
    async (path) => {
      await expect(client().putArtifact(run, path, () => 'x')).rejects.toThrow('is no path of an artifact');
    },
  );

  it('says what to do where the server leaves artifacts to its clients', async () => {
    const elsewhere = { ...run, info: { ...run.info, artifact_uri: 's3://bucket/1' } };
    await expect(client().putArtifact(elsewhere, 'a', () => 'x')).rejects.toThrow(
      `MLflow keeps the artifacts of run ${run.info.run_id} at s3://bucket/1, which needs a client of that store: start the server with --serve-artifacts`,
    );
  });

  it('streams 200 MB there and back through little memory', async () => {
    const size = 200 * 1024 * 1024;
    const block = randomBytes(1024 * 1024);
    const file = await open(join(directory, 'large'), 'w');
    for (let written = 0; written < size; written += block.length) await file.write(block);
    await file.close();
    // A process of its own: the memory is that of the client alone.
    const program = `
      import { MlflowClient } from '@paperlab/mlflow';
      const [uri, run, file] = process.argv.slice(1);
      const client = new MlflowClient({ uri });
      const owner = JSON.parse(run);
      await client.putArtifact(owner, 'warm', () => 'up');
      const before = process.memoryUsage.rss();
      let most = before;
      const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 5);
      await client.putFile(owner, 'large', file);
      await client.getFile(owner, 'large', file + '.back');
      clearInterval(watch);
      console.log(Math.round((most - before) / 2 ** 20));`;
    const options = ['--conditions=@paperlab/source', '--import', 'tsx', '--input-type=module', '--eval'];
    const given = [serverUri, JSON.stringify(run), join(directory, 'large')];
    const { stdout } = await promisify(execFile)(process.execPath, [...options, program, ...given], {
      env: { ...process.env, NODE_OPTIONS: '', FORCE_COLOR: '0' },
    });
    const digest = async (name: string) => {
      const hash = createHash('sha256');
      for await (const chunk of createReadStream(join(directory, name))) hash.update(chunk);
      return hash.digest('hex');
    };
    expect(await digest('large.back')).toBe(await digest('large'));
    expect(Number(stdout)).toBeLessThan(50);
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
  const where = (path: string) =>
    `/api/2.0/mlflow-artifacts/artifacts/${run.info.artifact_uri.replace('mlflow-artifacts:/', '')}/${path}`;

  it('opens a file again for each attempt', async () => {
    const bytes = randomBytes(3_000_000);
    const file = await newFile('again', bytes);
    const faults = [{ status: 503 }, 'lose the answer'] as const;
    const left = [...faults];
    proxy.fault = (path) => (path === where('again') ? left.shift() : undefined);
    await client(proxy.uri).putFile(run, 'again', file);
    expect(left).toEqual([]);
    const last = proxy.requests.at(-1);
    expect(last?.headers).toMatchObject({ 'content-length': '3000000' });
    expect(last?.headers).not.toHaveProperty('transfer-encoding');
    expect(bytes.equals(await buffer(await client().getArtifact(run, 'again')))).toBe(true);
  });

  it('fetches anew what broke off, and leaves no half file', async () => {
    const bytes = randomBytes(3_000_000);
    await client().putArtifact(run, 'broken', () => bytes);
    const file = join(directory, 'whole');
    proxy.fault = firstTimes(where('broken'), 1, 'break off');
    await client(proxy.uri).getFile(run, 'broken', file);
    expect(bytes.equals(await readFile(file))).toBe(true);
    proxy.fault = firstTimes(where('broken'), 9, 'break off');
    await expect(client(proxy.uri).getFile(run, 'broken', join(directory, 'half'))).rejects.toThrow(
      `MLflow at ${proxy.uri} broke off artifact broken (aborted)`,
    );
    expect((await readdir(directory)).filter((name) => name.startsWith('half'))).toEqual([]);
    proxy.fault = firstTimes(where('broken'), 1, 'break off');
    const stream = await client(proxy.uri).getArtifact(run, 'broken');
    await expect(buffer(stream)).rejects.toThrow('broke off artifact broken');
  });
});
