import type { ModelArtifact, RunDescription, TrackedRun } from '@paperlab/core';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Run } from './spec.js';
import { sync } from './sync.js';
import { client, description, newDirectory, newName, serverUri, storedRuns } from './testing/recorded.js';
import { mlflow } from './tracker.js';

let directory: string;
let reports: string[];
const report = (line: string) => void reports.push(line);
beforeEach(async () => {
  directory = await newDirectory();
  reports = [];
});

const start = (described: RunDescription, uri = serverUri) =>
  mlflow({ directory, uri, report }).start(described);
const syncHere = () => sync({ directory, uri: serverUri, report });

async function storedRun({ experiment }: RunDescription): Promise<Run> {
  const runs = await storedRuns(experiment.name);
  expect(runs).toHaveLength(1);
  return runs[0]!;
}

/** Files of a run on the server, by path. */
async function storedFiles(run: Run, path?: string): Promise<string[]> {
  const request = { run_id: run.info.run_id, ...(path !== undefined && { path }) };
  const { files } = await client().call('artifacts/list', request);
  const found = files.map((file) => (file.is_dir ? storedFiles(run, file.path) : [file.path]));
  return (await Promise.all(found)).flat().sort();
}

async function storedContent(run: Run, path: string): Promise<string> {
  const root = run.info.artifact_uri.replace('mlflow-artifacts:/', '');
  const address = `${root}/${path}`.split('/').map(encodeURIComponent).join('/');
  return (await fetch(`${serverUri}/api/2.0/mlflow-artifacts/artifacts/${address}`)).text();
}

async function newFolder(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(directory, 'made-'));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  return folder;
}

async function logFiles(run: TrackedRun): Promise<void> {
  const folder = await newFolder({ 'weights.bin': 'weights', 'deep/er/state.json': '{}' });
  run.artifact?.({ kind: 'file', path: 'summary é+1.txt', content: 'output 2' });
  run.artifact?.({ kind: 'folder', path: 'checkpoints/step-1', folder });
  run.artifact?.({ kind: 'image', name: 'samples/a b+c', step: 3, png: Buffer.from('a picture') });
  run.metrics({ loss: 1 }, 1);
  await run.flush();
  await rm(folder, { recursive: true });
}

async function expectFiles(run: Run): Promise<void> {
  const files = await storedFiles(run);
  expect(files).toEqual([
    'checkpoints/step-1/deep/er/state.json',
    'checkpoints/step-1/weights.bin',
    expect.stringMatching(
      /^images\/samples~a b-c\+step\+3\+timestamp\+\d{13}\+[0-9a-f-]{36}\+compressed\.webp$/,
    ),
    expect.stringMatching(/^images\/samples~a b-c\+step\+3\+timestamp\+\d{13}\+[0-9a-f-]{36}\.png$/),
    'summary é+1.txt',
  ]);
  expect(files[2]!.replace('+compressed.webp', '.png')).toBe(files[3]);
  expect(await storedContent(run, 'checkpoints/step-1/weights.bin')).toBe('weights');
  expect(await storedContent(run, 'summary é+1.txt')).toBe('output 2');
  expect(await storedContent(run, files[2]!)).toBe('a picture');
  expect(run.data.tags).toContainEqual({ key: 'mlflow.loggedImages', value: 'True' });
}

describe('files and pictures', () => {
  it('are on the server when the run has ended, though their owner has deleted them', async () => {
    const described = description();
    const run = await start(described);
    await logFiles(run);
    await run.end('FINISHED');
    await expectFiles(await storedRun(described));
    expect(reports).toEqual([]);
  });

  it('are sent later, any number of times', async () => {
    const described = description();
    const run = await start(described, '');
    await logFiles(run);
    await run.end('FINISHED');
    await syncHere();
    await expectFiles(await storedRun(described));
    await rm(join(directory, 'runs', run.id, 'delivery.json'));
    await syncHere();
    await expectFiles(await storedRun(described));
  });

  it('take the place of those of the same path, in a resumed run too; a picture of one step is logged once', async () => {
    const described = description();
    const run = await start(described, '');
    const log = (to: TrackedRun, content: string) => {
      to.artifact?.({ kind: 'file', path: 'log.txt', content });
      to.artifact?.({ kind: 'image', name: 'samples', step: 1, png: Buffer.from(content) });
    };
    log(run, 'first');
    log(run, 'second');
    await run.end('KILLED');
    const resumed = await start({ ...described, resume: run.id }, '');
    log(resumed, 'second');
    log(resumed, 'third');
    await resumed.end('FINISHED');
    const journal = await readFile(join(directory, 'runs', run.id, 'requests.jsonl'), 'utf8');
    expect(journal.match(/"path":"log.txt"/g)).toHaveLength(3);
    await syncHere();
    expect(reports).toEqual([expect.stringContaining('sent, see')]);
    const stored = await storedRun(described);
    expect(await storedContent(stored, 'log.txt')).toBe('third');
    expect(await storedFiles(stored)).toHaveLength(3);
    const picture = (await storedFiles(stored)).find((path) => path.endsWith('.png'));
    expect(await storedContent(stored, picture!)).toBe('first');
  });

  it('that are gone or damaged when they are sent are reported with their lines, and passed over', async () => {
    const described = description();
    const run = await start(described, '');
    for (const path of ['gone', 'damaged', 'whole']) run.artifact?.({ kind: 'file', path, content: path });
    await run.end('FINISHED');
    const kept = join(directory, 'runs', run.id, 'artifacts');
    await rm(join(kept, 'gone'));
    await appendFile(join(kept, 'damaged'), '!');
    const { refused } = await syncHere();
    expect(refused).toBe(2);
    const journal = join(directory, 'runs', run.id, 'requests.jsonl');
    const [gone, damaged] = reports;
    expect(gone).toMatch(/artifacts\/gone is gone; it is line \d+ of .*, and was passed over$/);
    expect(gone).toContain(journal);
    expect(damaged).toMatch(/artifacts\/damaged is damaged; it is line \d+ of .*, and was passed over$/);
    expect(await storedFiles(await storedRun(described))).toEqual(['whole']);
  });

  it('that cannot be recorded are reported, and nothing of them stays', async () => {
    const run = await start(description(), '');
    run.artifact?.({ kind: 'file', path: '../outside', content: '' });
    run.artifact?.({ kind: 'file', path: 'a#b', content: '' });
    run.artifact?.({ kind: 'folder', path: 'f', folder: join(directory, 'missing') });
    run.artifact?.({ kind: 'file', path: 'file', content: '1' });
    run.artifact?.({ kind: 'file', path: 'file/below', content: '2' });
    await run.end('FINISHED');
    run.artifact?.({ kind: 'file', path: 'late', content: '' });
    expect(reports).toEqual([
      expect.stringMatching(
        /^file "..\/outside" is not recorded: .* is relative, with names between its slashes$/,
      ),
      expect.stringMatching(/^file "a#b" is not recorded: .*: the path of an artifact has none of # and \\$/),
      expect.stringMatching(/^folder "f" is not recorded: ENOENT: .*missing'$/),
      expect.stringMatching(/^file "file\/below" is not recorded: (EEXIST|ENOTDIR): /),
      '4 artifacts of the run are not recorded',
      'a file came after the end of the run and is not recorded',
    ]);
    const kept = await readdir(join(directory, 'runs', run.id), { recursive: true });
    expect(kept.sort()).toEqual(['artifacts', 'artifacts/file', 'drafts', 'requests.jsonl']);
  });

  it('wait in bounded memory: beyond it they are lost, and one line says so', async () => {
    const run = await start(description(), '');
    const content = Buffer.alloc(2 ** 26, 'x');
    for (let i = 0; i < 8; i++) run.artifact?.({ kind: 'file', path: `large-${i}`, content });
    await run.end('FINISHED');
    expect(reports).toEqual([
      expect.stringMatching(/^file "large-4" and others are lost: 256 MB wait to be written to /),
      '4 artifacts of the run are not recorded',
    ]);
    expect(await readdir(join(directory, 'runs', run.id, 'artifacts'))).toHaveLength(4);
  });
});

describe('a model', () => {
  const modelOf = async (step = 5): Promise<ModelArtifact> => ({
    kind: 'model',
    name: 'model',
    step,
    folders: {
      savedModel: await newFolder({ 'saved_model.pb': 'graph', 'variables/variables.index': 'index' }),
      tfjs: await newFolder({ 'model.json': '{}' }),
    },
    inputs: { images: [-1, 2, 1, 1] },
    outputs: { logits: [-1, 2] },
    classNames: ['top: "a"', 'bottom'],
    inputExample: { images: [[[[0]], [[1]]]] },
  });
  const files = [
    'MLmodel',
    'conda.yaml',
    'input_example.json',
    'python_env.yaml',
    'requirements.txt',
    'serving_input_example.json',
    'tfjs/model.json',
    'tfmodel/saved_model.pb',
    'tfmodel/variables/variables.index',
  ];

  async function storedModels(described: RunDescription) {
    const experiment_ids = [await client().experiment(described.experiment.name)];
    const { models } = await client().call('logged-models/search', { experiment_ids });
    return models;
  }

  async function modelFiles(model_id: string, path?: string): Promise<string[]> {
    const request = { model_id, ...(path !== undefined && { artifact_directory_path: path }) };
    const listed = (await client().call('logged-models/list-artifacts', request)).files;
    const found = listed.map((file) => (file.is_dir ? modelFiles(model_id, file.path) : [file.path]));
    return (await Promise.all(found)).flat().sort();
  }

  it('is a logged model of its run and a version of a registered one, once, however often it is sent', async () => {
    const registeredModelName = newName('registered');
    const described = description();
    const tracker = mlflow({
      directory,
      uri: '',
      report,
      registeredModelName,
      registeredModelAlias: 'newest',
    });
    const run = await tracker.start(described);
    const first = await modelOf();
    run.artifact?.(first);
    run.artifact?.(await modelOf(9));
    await run.flush();
    for (const folder of Object.values(first.folders)) await rm(folder, { recursive: true });
    await run.end('FINISHED');
    await syncHere();
    await rm(join(directory, 'runs', run.id, 'delivery.json'));
    await syncHere();

    const models = await storedModels(described);
    const stored = await storedRun(described);
    expect(models.map(({ info }) => info)).toMatchObject([
      { name: 'model', status: 'LOGGED_MODEL_READY', source_run_id: stored.info.run_id },
      { name: 'model', status: 'LOGGED_MODEL_READY', source_run_id: stored.info.run_id },
    ]);
    expect(stored.outputs.model_outputs.map(({ step }) => step).sort()).toEqual([5, 9]);
    for (const { info } of models) expect(await modelFiles(info.model_id)).toEqual(files);
    const filter = `name = '${registeredModelName}'`;
    const { model_versions } = await client().call('model-versions/search', { filter });
    expect(model_versions.map(({ source }) => source).sort()).toEqual(
      models.map(({ info }) => `models:/${info.model_id}`).sort(),
    );
    const alias = { name: registeredModelName, alias: 'newest' };
    const { model_version } = await client().call('registered-models/get-by-alias', alias);
    const newest = models.find(({ data }) => data.params.some(({ value }) => value === '9'));
    expect(model_version).toMatchObject({ version: '2', source: `models:/${newest?.info.model_id}` });
    expect(reports.filter((line) => !line.includes('sent, see'))).toEqual([]);
  });

  it('is not logged twice by a resumed run, and not sent when one of its files is gone', async () => {
    const described = description();
    const run = await start(described, '');
    run.artifact?.(await modelOf());
    await run.end('KILLED');
    const resumed = await start({ ...described, resume: run.id }, '');
    resumed.artifact?.(await modelOf());
    await resumed.end('FINISHED');
    const kept = join(directory, 'runs', run.id, 'models');
    const [key, ...others] = await readdir(kept);
    expect(others).toEqual([]);
    await rm(join(kept, key!, 'tfjs/model.json'));
    await syncHere();
    expect(reports[0]).toMatch(/tfjs\/model\.json is gone; it is line \d+ of \S+, and was passed over$/);
    expect(await storedModels(described)).toEqual([]);
    expect((await storedRun(described)).info.status).toBe('FINISHED');
  });
});
