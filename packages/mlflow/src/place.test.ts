import type { RunDescription } from '@paperlab/core';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sync } from './sync.js';
import {
  client,
  description,
  history,
  newDirectory,
  newName,
  serverUri,
  storedRuns,
} from './testing/recorded.js';
import { mlflow } from './tracker.js';

let directory: string;
let reports: string[];
const report = (line: string) => void reports.push(line);
beforeEach(async () => {
  directory = await newDirectory();
  reports = [];
});
afterEach(() => {
  for (const name of ['NAME', 'ID']) delete process.env[`MLFLOW_EXPERIMENT_${name}`];
  delete process.env.MLFLOW_RUN_ID;
});

const start = (described: RunDescription, uri = serverUri) =>
  mlflow({ directory, uri, report }).start(described);
const tagsOf = (run: { data: { tags: { key: string; value: string }[] } }) =>
  Object.fromEntries(run.data.tags.map(({ key, value }) => [key, value]));

describe('the environment', () => {
  it('names the experiment in MLflow', async () => {
    const name = newName('by-name');
    process.env.MLFLOW_EXPERIMENT_NAME = name;
    await (await start(description())).end('FINISHED');
    delete process.env.MLFLOW_EXPERIMENT_NAME;
    process.env.MLFLOW_EXPERIMENT_ID = await client().experiment(name);
    await (await start(description())).end('FINISHED');
    expect(await storedRuns(name)).toHaveLength(2);
    expect(reports).toEqual([]);
  });

  it('names a run to go on with, once', async () => {
    const experiment_id = await client().experiment(newName('by-run'));
    const made = { experiment_id, run_name: 'made elsewhere', start_time: 1, tags: [] };
    const { run_id } = (await client().call('runs/create', made)).run.info;
    process.env.MLFLOW_RUN_ID = run_id;
    const described = description();
    const run = await start(described);
    run.metrics({ loss: 1 }, 1);
    await run.end('FINISHED');
    expect(process.env.MLFLOW_RUN_ID).toBeUndefined();
    const stored = await client().run(run_id);
    expect(stored?.info).toMatchObject({ run_name: 'made elsewhere', status: 'FINISHED' });
    expect(tagsOf(stored!)).toMatchObject({ ...described.tags, 'paperlab.run': run.id });
    expect(await history(stored!, 'loss')).toHaveLength(1);
    const resumed = await start({ ...described, resume: run.id });
    resumed.metrics({ loss: 2 }, 2);
    await resumed.end('KILLED');
    expect(await history(stored!, 'loss')).toHaveLength(2);
    expect(reports).toEqual([]);
  });

  it('names a run that is not there: the record stays on disk', async () => {
    process.env.MLFLOW_RUN_ID = 'f'.repeat(32);
    await (await start(description())).end('FINISHED');
    expect(reports[0]).toMatch(
      /^MLflow at \S+ has no run f{32}, which MLFLOW_RUN_ID named; nothing more is sent, the run is recorded on disk$/,
    );
  });
});

describe('a run that is a part of another', () => {
  it('is its child on the server, also when it is resumed', async () => {
    const described = description();
    const parent = await start(described);
    const child = await start({ ...described, parent: parent.id });
    await child.end('KILLED');
    await (await start({ ...described, parent: parent.id, resume: child.id })).end('FINISHED');
    await parent.end('FINISHED');
    expect(reports).toEqual([]);
    const runs = await storedRuns(described.experiment.name);
    expect(runs).toHaveLength(2);
    const id = runs.find((run) => tagsOf(run)['paperlab.run'] === parent.id)!.info.run_id;
    expect(runs.map((run) => tagsOf(run)['mlflow.parentRunId']).sort()).toEqual([id, undefined]);
  });

  it('waits for its parent, recorded on another machine', async () => {
    const described = description();
    const elsewhere = await newDirectory();
    const parent = await mlflow({ directory: elsewhere, uri: '', report }).start(described);
    const child = await start({ ...described, parent: parent.id });
    const ending = child.end('FINISHED');
    await sync({ directory: elsewhere, uri: serverUri, report });
    expect(reports.pop()).toContain('skipped, it is still being recorded');
    await parent.end('FINISHED');
    await sync({ directory: elsewhere, uri: serverUri, report });
    await ending;
    expect(reports).toEqual([expect.stringContaining('sent, see')]);
    expect(await storedRuns(described.experiment.name)).toHaveLength(2);
  });

  it('is sent after its parent, whatever their names; without it, it is left', async () => {
    const described = description(newName('parts'));
    const parent = await start({ ...described, tags: { ...described.tags, 'mlflow.runName': 'parent' } }, '');
    const before = description(`a-${described.experiment.name}`);
    process.env.MLFLOW_EXPERIMENT_NAME = described.experiment.name;
    const child = await start({ ...before, parent: parent.id }, '');
    const orphan = await start({ ...before, parent: 'nowhere' }, '');
    for (const run of [parent, child, orphan]) await run.end('FINISHED');
    await sync({ directory, uri: serverUri, report });
    expect(await storedRuns(described.experiment.name)).toHaveLength(2);
    expect(reports).toContain(
      `${orphan.id}: waits for the run of which it is a part, nowhere: send that one first`,
    );
  });
});
