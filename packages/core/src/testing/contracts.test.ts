import { describe, expect, it } from '@jest/globals';
import '@tensorflow/tfjs-backend-cpu';
import type { RunStatus, Tracker } from '../tracker.js';
import { exampleExperiment, exampleRun } from './example.js';
import { modelContract } from './model-contract.js';
import { trackerContract } from './tracker-contract.js';

/** The suites on the smallest plugins that keep the contracts. */
describe('a linear model', () => modelContract(() => exampleExperiment().model));

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
