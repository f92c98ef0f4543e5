import type { RunDescription } from '@paperlab/core';
import { exampleRun, trackerContract } from '@paperlab/core/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { consoleTracker } from './console-tracker.js';
import { csv } from './csv-tracker.js';
import { eventsIn } from './event-file.js';
import { tensorboard } from './tensorboard-tracker.js';

let directory: string;
let example: RunDescription;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'paperlab-trackers-'));
  example = await exampleRun();
});
afterAll(() => rm(directory, { recursive: true }));

describe('csv', () => {
  trackerContract(() => csv({ directory }));

  const rowsIn = async (path: string): Promise<Record<string, string>[]> =>
    parse(await readFile(path, 'utf8'), { columns: true });

  it('has a row for values that come together, and a column for each metric', async () => {
    const run = await csv({ directory }).start(example);
    run.metrics({ 'batch/loss': 1.5, learning_rate: 0.1 }, 50);
    run.metrics({ 'batch/loss': NaN, learning_rate: 0.01 }, 100);
    run.metrics({ 'valid/top1': 0.5, 'valid/loss': Infinity }, 100);
    await run.end('FINISHED');
    const rows = await rowsIn(run.location);
    expect(rows.map(({ time, ...values }) => (Date.parse(time!) > 0 ? values : time))).toEqual([
      { step: '50', 'batch/loss': '1.5', learning_rate: '0.1', 'valid/top1': '', 'valid/loss': '' },
      { step: '100', 'batch/loss': 'NaN', learning_rate: '0.01', 'valid/top1': '', 'valid/loss': '' },
      { step: '100', 'batch/loss': '', learning_rate: '', 'valid/top1': '0.5', 'valid/loss': 'Infinity' },
    ]);
    const about = JSON.parse(await readFile(join(run.location, '../run.json'), 'utf8'));
    expect(about).toMatchObject({ experiment: 'example', status: 'FINISHED', params: example.params });
  });

  it('goes on behind the last whole row, and repeats no value', async () => {
    const tracker = csv({ directory });
    const run = await tracker.start(example);
    run.metrics({ loss: 3 }, 1);
    run.metrics({ loss: 2 }, 2);
    await run.flush(); // and its process is killed while it writes
    await appendFile(run.location, '3,2026-11-28T1');
    const resumed = await tracker.start({ ...example, resume: run.id });
    resumed.metrics({ loss: 2 }, 2);
    resumed.metrics({ loss: 1, accuracy: 0.5 }, 3);
    await resumed.end('FINISHED');
    const rows = await rowsIn(resumed.location);
    expect(rows.map(({ step, loss, accuracy }) => [step, loss, accuracy])).toEqual([
      ['1', '3', ''],
      ['2', '2', ''],
      ['3', '1', '0.5'],
    ]);
  });

  it('says once that it cannot write, and training goes on', async () => {
    const reports: string[] = [];
    const run = await csv({ directory, report: (line) => reports.push(line) }).start(example);
    run.metrics({ loss: 1 }, 1);
    await run.flush();
    await rm(join(run.location, '..'), { recursive: true });
    run.metrics({ loss: 1 }, 2);
    run.metrics({ loss: 1 }, 3);
    await run.end('FINISHED');
    // Appending makes the file anew, but not its folder.
    expect(reports).toEqual([
      expect.stringMatching(
        /metrics.csv cannot be written \(ENOENT.*: nothing more of this run is recorded there$/,
      ),
    ]);
  });

  it('says before training that it cannot', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '');
    await expect(csv({ directory: file }).start(example)).rejects.toThrow(
      `runs cannot be recorded in ${file} (ENOTDIR): give another directory`,
    );
  });
});

describe('tensorboard', () => {
  trackerContract(() => tensorboard({ directory }));

  async function eventsOf(folder: string) {
    const files = (await readdir(folder)).filter((name) => name.startsWith('events.'));
    const contents = await Promise.all(files.sort().map((name) => readFile(join(folder, name))));
    return contents.flatMap((content) => [...eventsIn(content)]);
  }
  const scalarsOf = async (folder: string) =>
    (await eventsOf(folder)).flatMap(({ step, what }) =>
      what.case !== 'summary'
        ? []
        : what.value.value.flatMap(({ tag, value }) =>
            value.case === 'simpleValue' ? [[tag, Number(step), value.value]] : [],
          ),
    );

  it('writes scalars, and goes on without repeating any', async () => {
    const tracker = tensorboard({ directory });
    const run = await tracker.start(example);
    run.metrics({ 'train/loss': 0.5, learning_rate: NaN }, 1);
    run.metrics({ 'train/loss': 0.25 }, 2 ** 40);
    await run.end('KILLED');
    const resumed = await tracker.start({ ...example, resume: run.id });
    resumed.metrics({ 'train/loss': 0.5, 'train/top1': 1 }, 1);
    await resumed.end('FINISHED');
    expect(await scalarsOf(run.location)).toEqual([
      ['train/loss', 1, 0.5],
      ['learning_rate', 1, NaN],
      ['train/loss', 2 ** 40, 0.25],
      ['train/top1', 1, 1],
    ]);
  });

  it('reads up to a record that is cut off', async () => {
    const run = await tensorboard({ directory }).start(example);
    run.metrics({ loss: 1 }, 1);
    run.metrics({ loss: 2 }, 2);
    await run.end('FINISHED');
    const [name] = await readdir(run.location);
    const path = join(run.location, name!);
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, -1));
    expect(await scalarsOf(run.location)).toEqual([['loss', 1, 1]]);
    bytes[bytes.length - 6]! ^= 1;
    await writeFile(path, bytes);
    expect(await scalarsOf(run.location)).toEqual([['loss', 1, 1]]);
  });

  it('puts the variants of a study into its folder', async () => {
    const tracker = tensorboard({ directory });
    const parent = await tracker.start(example);
    const tags = { ...example.tags, 'mlflow.runName': 'learningRate=0.1, relu' };
    const child = await tracker.start({ ...example, tags, parent: parent.id });
    expect(child.id).toMatch(new RegExp(`^${parent.id}/learningRate=0.1-relu-\\d{8}-\\d{6}-\\w{6}$`));
  });
});

describe('console', () => {
  trackerContract(() => consoleTracker({ print: () => {} }));

  it('prints what epochs have, and how a run ends', async () => {
    const lines: string[] = [];
    const run = await consoleTracker({ print: (line) => lines.push(line) }).start(example);
    run.metrics({ 'batch/loss': 1, learning_rate: 0.1 }, 50);
    run.metrics({ 'system/cpu_utilization_percentage': 90 }, 60);
    run.metrics({ epoch: 1, 'train/loss': 0.123456, 'valid/top1': NaN }, 100);
    await run.end('FINISHED');
    expect(lines).toEqual([
      'example: begins',
      'example: step 100  epoch 1  train/loss 0.1235  valid/top1 NaN',
      'example: FINISHED',
    ]);
  });
});
