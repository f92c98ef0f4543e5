import type { RunDescription } from '@paperlab/core';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sync } from './sync.js';
import { firstTimes, startProxy, type Proxy } from './testing/proxy.js';
import { description, history, newDirectory, newName, serverUri, storedRuns } from './testing/recorded.js';
import { mlflow } from './tracker.js';

let directory: string;
let reports: string[];
const report = (line: string) => void reports.push(line);
beforeEach(async () => {
  directory = await newDirectory();
  reports = [];
});

const folders = () => readdir(join(directory, 'runs'));

/** Logs `count` points, one a step, and returns the milliseconds of the slowest call. */
async function train(
  run: { metrics(values: Record<string, number>, step: number): void },
  first: number,
  count: number,
) {
  let slowest = 0;
  for (let step = first; step < first + count; step++) {
    const start = performance.now();
    run.metrics({ 'train/loss': 1 / (step + 1) }, step);
    slowest = Math.max(slowest, performance.now() - start);
    if (step % 10 === 0) await sleep(2);
  }
  return slowest;
}

/** Logs 1,500 points, and sees that no call waits for a server that is slow or down; a busy machine holds up some for less. */
async function trainFreely(run: Parameters<typeof train>[0]) {
  const slowest = [await train(run, 0, 500), await train(run, 500, 500), await train(run, 1000, 500)];
  expect(Math.min(...slowest)).toBeLessThan(20);
  expect(Math.max(...slowest)).toBeLessThan(500);
}

const expectedLoss = (count: number) => Array.from({ length: count }, (_, step) => [step, 1 / (step + 1)]);
async function storedLoss(name: string) {
  const [run] = await storedRuns(name);
  if (!run) return [];
  return (await history(run, 'train/loss')).map(({ step, value }) => [step, value]);
}

describe('with a server', () => {
  it('stores the whole run there', async () => {
    const described = description();
    const before = Date.now();
    const run = await mlflow({ directory, uri: serverUri, report }).start(described);
    await train(run, 0, 2500);
    run.metrics({ 'valid/top1': 0.5, 'valid/loss': NaN }, 2500);
    run.metrics({ 'valid/top1': 0.75, 'valid/loss': Infinity }, 5000);
    await run.end('FINISHED');

    const [stored, ...others] = await storedRuns(described.experiment.name);
    if (!stored) throw new Error('nothing stored');
    expect(others).toEqual([]);
    const [folder] = await folders();
    expect(stored.info).toMatchObject({ status: 'FINISHED', run_name: folder });
    expect(run.location).toBe(
      `${serverUri}/#/experiments/${stored.info.experiment_id}/runs/${stored.info.run_id}`,
    );
    expect(stored.info.start_time).toBeGreaterThanOrEqual(before);
    expect(stored.info.end_time).toBeGreaterThan(stored.info.start_time);
    expect(Object.fromEntries(stored.data.params.map(({ key, value }) => [key, value]))).toEqual({
      'model.name': 'lenet5',
      batchSize: '32',
      long: `${'x'.repeat(5999)}…`,
    });
    const tags = Object.fromEntries(stored.data.tags.map(({ key, value }) => [key, value]));
    expect(tags).toMatchObject({ ...described.tags, 'mlflow.runName': folder });
    expect(await storedLoss(described.experiment.name)).toEqual(expectedLoss(2500));
    const values = async (key: string) =>
      (await history(stored, key)).map(({ step, value }) => [step, value]);
    expect(await values('valid/top1')).toEqual([
      [2500, 0.5],
      [5000, 0.75],
    ]);
    expect(await values('valid/loss')).toEqual([
      [2500, 'NaN'],
      [5000, Number.MAX_VALUE],
    ]);
    expect(
      stored.inputs.dataset_inputs
        .map(({ tags, dataset }) => [tags[0]?.value, dataset.name, dataset.digest])
        .sort(),
    ).toEqual([
      ['training', 'mnist', '9a1b5c-3'],
      ['validation', 'mnist', '9a1b5c-2'],
    ]);
    expect(JSON.parse(stored.inputs.dataset_inputs[0]?.dataset.schema ?? '')).toHaveProperty(
      'mlflow_tensorspec',
    );
    expect(reports).toEqual([]);
    expect(await sync({ directory, uri: serverUri, report })).toEqual({ sent: 0, refused: 0, live: 0 });
  });

  it('takes MLFLOW_TRACKING_URI, and more than a hundred params', async () => {
    process.env.MLFLOW_TRACKING_URI = `${serverUri}/`;
    const params = Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`layer/${i}`, String(i)]));
    const described = { ...description(), params };
    const run = await mlflow({ directory, report })
      .start(described)
      .finally(() => delete process.env.MLFLOW_TRACKING_URI);
    await run.end('KILLED');
    const [stored] = await storedRuns(described.experiment.name);
    expect(stored?.info.status).toBe('KILLED');
    expect(stored?.data.params).toHaveLength(250);
  });
});

describe('without a server', () => {
  it('records on disk, to be sent later, any number of times', async () => {
    const described = description();
    const run = await mlflow({ directory, report }).start(described);
    const [folder] = await folders();
    expect(run.location).toBe(join(directory, 'runs', folder as string));
    await train(run, 0, 300);
    await run.end('FINISHED');
    expect(reports).toEqual([]);
    const first = await sync({ directory, uri: serverUri, report });
    expect(first).toMatchObject({ refused: 0, live: 0 });
    const stored = await storedRuns(described.experiment.name);
    expect(await sync({ directory, uri: serverUri, report })).toMatchObject({ sent: 0 });
    expect(await storedRuns(described.experiment.name)).toEqual(stored);
    expect(stored.map(({ info }) => info.status)).toEqual(['FINISHED']);
    expect(await storedLoss(described.experiment.name)).toEqual(expectedLoss(300));
  });

  it.each([
    ['a tag', { tags: { a$b: '1' } }, 'tags[0].key: a name holds letters'],
    [
      'a digest',
      { datasets: { train: { ...description().datasets.train, digest: 'a'.repeat(64) } } },
      'dataset.digest',
    ],
  ])('refuses %s that MLflow would refuse, and leaves nothing behind', async (_, wrong, named) => {
    const described = { ...description(), ...wrong } as RunDescription;
    const message = await mlflow({ directory, report })
      .start(described)
      .catch((error: Error) => error.message);
    expect(message).toMatch(/^MLflow runs\/.* was not recorded: .+$/);
    expect(message).toContain(named);
    expect(await folders()).toEqual([]);
  });

  it('says that it cannot record', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '');
    await expect(mlflow({ directory: file }).start(description())).rejects.toThrow(
      `runs cannot be recorded in ${file} (ENOTDIR): give another directory`,
    );
  });

  it('reports once, and leaves out, what is no metric', async () => {
    const run = await mlflow({ directory, report }).start(description());
    for (let step = 0; step < 3; step++) run.metrics({ bad$key: 1, good: step }, step);
    run.metrics({ fraction: 1 }, 0.5);
    await run.end('FINISHED');
    run.metrics({ good: 4 }, 4);
    expect(reports).toEqual([
      expect.stringMatching(/^metric "bad\$key" is not recorded: key: a name holds letters.*$/),
      expect.stringMatching(/^metric "fraction" is not recorded: step: .*$/),
      'metric "good" came after the end of the run and is not recorded',
    ]);
    const journal = await readFile(join(run.location, 'requests.jsonl'), 'utf8');
    expect(journal.match(/"key":"good"/g)).toHaveLength(3);
  });
});

describe('a run that is resumed', () => {
  const resume = (described: RunDescription, id: string, uri = serverUri) =>
    mlflow({ directory, uri, report }).start({ ...described, resume: id });

  it('goes on with its record, here and on the server, with every point once', async () => {
    const described = description();
    const run = await mlflow({ directory, uri: serverUri, report }).start(described);
    await train(run, 0, 1500);
    await run.end('KILLED');
    const resumed = await resume(described, run.id);
    expect(resumed.location).toBe(run.location);
    await train(resumed, 1000, 1000); // from the last checkpoint on
    await resumed.flush();
    await resumed.end('FINISHED');

    expect(reports).toEqual([]);
    expect(await folders()).toEqual([run.id]);
    const stored = await storedRuns(described.experiment.name);
    expect(stored.map(({ info }) => info.status)).toEqual(['FINISHED']);
    expect(await storedLoss(described.experiment.name)).toEqual(expectedLoss(2000));
    expect(await history(stored[0]!, 'train/loss')).toHaveLength(2000);
  });

  it('goes on behind a line that a crash tore', async () => {
    const described = description();
    const run = await mlflow({ directory, report, uri: '' }).start(described);
    await train(run, 0, 100);
    await run.flush();
    await train(run, 100, 100);
    await run.end('FINISHED');
    const journal = join(directory, 'runs', run.id, 'requests.jsonl');
    const lines = (await readFile(journal, 'utf8')).split('\n');
    const torn = lines.findIndex((line) => line.includes('"step":199'));
    await writeFile(journal, `${lines.slice(0, torn).join('\n')}\n${lines[torn]!.slice(0, 2000)}`);

    const resumed = await resume(described, run.id, '');
    await train(resumed, 50, 250);
    await resumed.end('FINISHED');
    expect(reports).toEqual([]);
    await sync({ directory, uri: serverUri, report });
    expect(await storedLoss(described.experiment.name)).toEqual(expectedLoss(300));
    const recorded = (await readFile(journal, 'utf8')).match(/"key":"train\/loss"/g);
    expect(recorded).toHaveLength(300);
  });

  it('begins a new record, and says so, where the former is gone', async () => {
    const run = await resume(description(), 'deleted', '');
    await run.end('FINISHED');
    expect(reports).toEqual([
      `the record of the run is gone (${join(directory, 'runs', 'deleted')}): a new one begins`,
    ]);
    expect(await folders()).toEqual([run.id]);
  });

  it('is refused while its record is held by another process', async () => {
    const described = description();
    const run = await mlflow({ directory, report, uri: '' }).start(described);
    await expect(resume(described, run.id, '')).rejects.toThrow(
      `${join(directory, 'runs', run.id)} is held by another process: is the run still going on?`,
    );
    await run.end('FINISHED');
  });
});

describe('with a server that fails', () => {
  let proxy: Proxy;
  beforeEach(async () => {
    proxy = await startProxy(serverUri);
  });
  afterEach(() => proxy.close());
  const start = (described: RunDescription) => mlflow({ directory, uri: proxy.uri, report }).start(described);

  it('does not feel a server that is down; the points arrive later, once each', async () => {
    await proxy.close();
    const described = description();
    const run = await start(described);
    await trainFreely(run);
    await run.end('FINISHED');
    expect(reports[0]).toMatch(
      /^MLflow at http:\S+ does not answer \S+ \(ECONNREFUSED\): is the server running\? Mean.*$/,
    );
    expect(reports[1]).toMatch(/^`paperlab sync` sends to MLflow what is left in .*$/);
    await sync({ directory, uri: serverUri, report });
    await sync({ directory, uri: serverUri, report });
    expect(await storedLoss(described.experiment.name)).toEqual(expectedLoss(1500));
  });

  it('does not feel a slow server', async () => {
    proxy.fault = () => ({ delay: 2000 });
    const described = description();
    const run = await start(described);
    await trainFreely(run);
    const ending = performance.now();
    await run.end('FINISHED');
    expect(performance.now() - ending).toBeLessThan(11_000);
    await sync({ directory, uri: serverUri, report });
    expect(await storedLoss(described.experiment.name)).toEqual(expectedLoss(1500));
  });

  it('gets through 429, 503 and lost answers with every point once', async () => {
    let count = 0;
    const faults = [{ status: 429 }, undefined, { status: 503 }, 'lose the answer', undefined] as const;
    proxy.fault = () => faults[count++ % faults.length];
    const described = description();
    const run = await start(described);
    await train(run, 0, 1500);
    await run.end('FINISHED');
    await sync({ directory, uri: serverUri, report });
    expect(await storedRuns(described.experiment.name)).toHaveLength(1);
    expect(await storedLoss(described.experiment.name)).toEqual(expectedLoss(1500));
  });

  it('reports a refusal once, names the request, and sends the rest', async () => {
    const body = JSON.stringify({ error_code: 'INVALID_PARAMETER_VALUE', message: 'no such params' });
    proxy.fault = firstTimes('runs/log-batch', 1, { status: 400, body });
    const described = description();
    const run = await start(described);
    await train(run, 0, 100);
    await run.end('FINISHED');
    expect(reports).toEqual([
      expect.stringMatching(
        /^MLflow runs\/log-batch: 400 INVALID_PARAMETER_VALUE no such params; it is line 3 of \S+requests\.jsonl, and was passed over$/,
      ),
    ]);
    expect(await storedLoss(described.experiment.name)).toEqual(expectedLoss(100));
    expect(await sync({ directory, uri: proxy.uri, report })).toEqual({ sent: 0, refused: 1, live: 0 });
    expect(reports.at(-1)).toMatch(/MLflow refused 1 of its requests: lines 3 of/);
  });

  it('sends nothing with wrong credentials, says so once, and loses nothing', async () => {
    proxy.fault = () => ({ status: 401, body: 'You are not authenticated' });
    const described = description();
    const run = await start(described);
    await train(run, 0, 100);
    await run.end('FAILED');
    expect(reports).toHaveLength(2);
    expect(reports[0]).toMatch(
      /^MLflow \S+: 401 You are not authenticated; set MLFLOW.* nothing more is sent, .*$/,
    );
    await expect(sync({ directory, uri: proxy.uri, report })).rejects.toThrow('401');
    proxy.fault = () => undefined;
    await sync({ directory, uri: proxy.uri, report });
    expect((await storedRuns(described.experiment.name))[0]?.info.status).toBe('FAILED');
    expect(await storedLoss(described.experiment.name)).toEqual(expectedLoss(100));
  });

  it('tells an address that is not a server before training begins', async () => {
    const wrong = mlflow({ directory, uri: 'sqlite:///mlflow.db', report }).start(
      description(newName('wrong')),
    );
    await expect(wrong).rejects.toThrow('is not the address of a server');
  });
});
