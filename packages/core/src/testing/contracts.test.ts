import { describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import { reverse } from '@tensorflow/tfjs-core';
import type { RunStatus, Tracker } from '../tracker.js';
import { datasetContract } from './dataset-contract.js';
import { exampleExperiment, exampleRun } from './example.js';
import { modelContract } from './model-contract.js';
import { trackerContract } from './tracker-contract.js';

/** The suites on the smallest plugins that keep the contracts. */
describe('a linear model', () => modelContract(() => exampleExperiment().model));

describe('a dataset of image files', () =>
  datasetContract(() => ({
    name: 'files',
    classNames: ['cat', 'dog'],
    imageShape: [8, 8, 3],
    open: async (split) => {
      if (!['train', 'valid', 'test'].includes(split)) throw new Error(`files has no split ${split}`);
      return {
        size: 2,
        source: {
          kind: 'files',
          files: ['cat/1.jpg', 'dog/1.png'],
          channels: 3,
          labels: Int32Array.of(0, 1),
        },
        transforms: [
          { name: 'resize', size: 10 },
          { name: 'centerCrop', size: [8, 8] },
          { name: 'map', label: 'mirror', fn: (image) => reverse(image, 1) },
        ],
        digest: 'two-files',
      };
    },
  })));

describe('a tracker that records in memory', () => {
  const ended: RunStatus[] = [];
  const inMemory = (): Tracker => {
    let runs = 0;
    return {
      name: 'in-memory',
      start: async ({ resume }) => {
        const id = resume ?? `run ${runs++}`;
        return {
          id,
          location: id,
          metrics() {},
          flush: async () => {},
          end: async (status) => void ended.push(status),
        };
      },
    };
  };
  trackerContract(inMemory);
  it('was told how its runs ended', () => expect(ended).toContain('KILLED'));
});

describe('the example run', () => {
  it('is whole: its data fits its model', async () => {
    const { experiment, datasets, params } = await exampleRun();
    expect(datasets.train!.source).toMatchObject({ shape: experiment.model.inputShape });
    expect(datasets.train!.source.labels).toHaveLength(datasets.train!.size);
    expect(params).toMatchObject({ model: 'linear', dataset: 'halves', 'optimizer.learningRate': '0.1' });
  });
});
