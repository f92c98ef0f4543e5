import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { exampleRun } from '@paperlab/core/testing';
import { tensorboard } from '@paperlab/trackers';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runPython } from './python.js';

/** Python's TensorFlow, with which TensorBoard comes, is installed for it: a minute. */
const [on, why] = process.env['CI'] ? [it, ''] : [it.skip, ' (skipped: takes minutes; CI=true runs it)'];

/** 2 pixels wide, 1 high. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAAAAADRSSBWAAAAC0lEQVR4nGNo+A8AAgIBgG5WixMAAAAASUVORK5CYII=',
  'base64',
);

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'paperlab-tensorboard-'));
});
afterAll(() => rm(directory, { recursive: true }));

on(
  `TensorBoard in Python reads the event files of a run, and of its going on${why}`,
  async () => {
    const tracker = tensorboard({ directory });
    const description = await exampleRun();
    const run = await tracker.start(description);
    run.metrics({ 'train/loss': 0.5, 'valid/loss': NaN }, 1);
    run.metrics({ 'train/loss': -Infinity }, 2);
    run.artifact?.({ kind: 'image', name: 'confusion matrix', step: 2, png: PNG });
    run.artifact?.({ kind: 'file', path: 'notes', content: 'is no image' });
    await run.end('KILLED');
    const resumed = await tracker.start({ ...description, resume: run.id });
    resumed.metrics({ 'train/loss': 7 }, 2);
    resumed.metrics({ 'train/loss': 0.25 }, 3);
    await resumed.end('FINISHED');
    const table = Object.entries(description.params).map(([key, value]) => `| ${key} | ${value} |`);
    expect(await runPython('event_files.py', run.location)).toEqual({
      scalars: {
        'train/loss': [
          [1, '0.5'],
          [2, '-inf'],
          [3, '0.25'],
        ],
        'valid/loss': [[1, 'nan']],
      },
      images: { 'confusion matrix': [[2, 2, 1]] },
      texts: { parameters: [['| parameter | value |', '| --- | --- |', ...table].join('\n')] },
    });
  },
  900_000,
);
