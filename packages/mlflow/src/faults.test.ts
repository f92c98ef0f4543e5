import type { TrackedRun } from '@paperlab/core';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MlflowClient } from './client.js';
import { startServer } from './server.js';
import { sync } from './sync.js';
import { startProxy, type Proxy } from './testing/proxy.js';
import { description, newDirectory, newName, serverUri } from './testing/recorded.js';
import { mlflow } from './tracker.js';

const POINTS = 1500;
const LARGE = 3 * 2 ** 20;
let directory: string;
let proxy: Proxy;
beforeEach(async () => {
  directory = await newDirectory();
  proxy = await startProxy(serverUri);
});
afterEach(() => proxy.close());

const record = (name: string, uri: string) =>
  mlflow({ directory, uri, report: () => {}, registeredModelName: name }).start(description(name));
const syncTo = (uri: string) => sync({ directory, uri, report: () => {} });

/** Logs points, and files, pictures and a model among them, in a second or two. */
async function logAll(run: TrackedRun, between: (step: number) => unknown = () => {}): Promise<void> {
  const folder = join(directory, 'saved-model');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'saved_model.pb'), Buffer.alloc(LARGE, 'm'));
  for (let step = 0; step < POINTS; step++) {
    run.metrics({ loss: step }, step);
    if (step % 500 === 0) {
      run.artifact?.({ kind: 'file', path: `step-${step}.bin`, content: Buffer.alloc(LARGE, String(step)) });
      run.artifact?.({ kind: 'image', name: 'samples', step, png: Buffer.from(`picture ${step}`) });
    }
    if (step === 700)
      run.artifact?.({
        kind: 'model',
        name: 'model',
        step,
        folders: { savedModel: folder },
        inputs: { images: [-1, 2] },
        outputs: { logits: [-1, 2] },
        classNames: ['a', 'b'],
      });
    await between(step);
  }
  await run.flush();
  await rm(folder, { recursive: true });
}

/** Reads back what a server has of a run: one of each. */
async function expectAllOnce(name: string, uri: string): Promise<void> {
  const client = new MlflowClient({ uri });
  const experiment_ids = [await client.experiment(name)];
  const { runs } = await client.call('runs/search', { experiment_ids });
  expect(runs.map(({ info }) => info.status)).toEqual(['FINISHED']);
  const { run_id } = runs[0]!.info;
  const { metrics } = await client.call('metrics/get-history', { run_id, metric_key: 'loss' });
  expect(metrics.map(({ step }) => step).sort((a, b) => a - b)).toEqual(
    Array.from({ length: POINTS }, (_, i) => i),
  );
  const { files } = await client.call('artifacts/list', { run_id });
  const sizes = files.map(({ path, file_size }) => [path, file_size]);
  const large = [0, 1000, 500].map((step) => [`step-${step}.bin`, LARGE]);
  expect(sizes).toEqual([['images', undefined], ...large]);
  expect((await client.call('artifacts/list', { run_id, path: 'images' })).files).toHaveLength(6);

  const { models } = await client.call('logged-models/search', { experiment_ids });
  expect(models.map(({ info }) => info.status)).toEqual(['LOGGED_MODEL_READY']);
  const { model_id } = models[0]!.info;
  const { run } = await client.call('runs/get', { run_id });
  expect(run.outputs.model_outputs).toEqual([{ model_id, step: 700 }]);
  const where = { model_id, artifact_directory_path: 'tfmodel' };
  const saved = await client.call('logged-models/list-artifacts', where);
  expect(saved.files.map(({ file_size }) => file_size)).toEqual([LARGE]);
  const filter = `name = '${name}'`;
  const { model_versions } = await client.call('model-versions/search', { filter });
  expect(model_versions.map(({ source }) => source)).toEqual([`models:/${model_id}`]);
}

it('a server that answers 429 and 503 and loses answers has everything once', async () => {
  let count = 0;
  const faults = [{ status: 429 }, { status: 503 }, 'lose the answer'] as const;
  proxy.fault = () => (++count % 3 === 0 ? faults[(count / 3) % 3] : undefined);
  const name = newName('faults');
  const run = await record(name, proxy.uri);
  await logAll(run);
  await run.end('FINISHED');
  for (let sent = false; !sent;)
    sent = await syncTo(proxy.uri).then(
      () => true,
      () => false,
    );
  await expectAllOnce(name, serverUri);
});

it('a server that takes two seconds for each request does not hold up training, and has everything once', async () => {
  proxy.fault = () => ({ delay: 2000 });
  const name = newName('slow');
  const run = await record(name, proxy.uri);
  let slowest = 0;
  let before = performance.now();
  await logAll(run, () => {
    slowest = Math.max(slowest, performance.now() - before);
    before = performance.now();
  });
  expect(slowest).toBeLessThan(1000);
  await run.end('FINISHED');
  proxy.fault = () => undefined;
  await syncTo(proxy.uri);
  await rm(join(directory, 'runs', run.id, 'delivery.json'));
  await syncTo(proxy.uri);
  await expectAllOnce(name, serverUri);
});

it('a server that is killed and started again in mid-run has everything once', async () => {
  const data = await newDirectory();
  const first = await startServer({ directory: data });
  const name = newName('restarted');
  const run = await record(name, first.uri);
  let second: typeof first | undefined;
  await logAll(run, async (step) => {
    if (step % 10 === 0) await sleep(10);
    if (step === 900) process.kill(-first.pid, 'SIGKILL');
    if (step === 1200) second = await startServer({ directory: data, port: Number(new URL(first.uri).port) });
  });
  await run.end('FINISHED');
  await syncTo(second!.uri);
  await expectAllOnce(name, second!.uri);
  expect(await syncTo(second!.uri)).toMatchObject({ sent: 0, refused: 0 });
  await second!.close();
}, 180_000);
