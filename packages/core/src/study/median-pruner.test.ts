import { describe, expect, it } from '@jest/globals';
import type { EpochResult } from '../metrics.js';
import { medianPruner } from './median-pruner.js';

const history = (losses: readonly number[]): EpochResult[] =>
  losses.map((loss, epoch) => ({
    epoch,
    step: 10 * (epoch + 1),
    train: { loss, top1: 0 },
    valid: { loss, top1: 1 - loss / 10 },
    learningRate: 0.1,
    seconds: 1,
    imagesPerSecond: 100,
    stall: 0,
    skipped: 0,
  }));
const finished = [
  [5, 4, 3],
  [4, 3, 2],
  [3, 2, 1],
].map(history);
const prune = (
  losses: readonly number[],
  options: Parameters<typeof medianPruner>[0] = { startupTrials: 3 },
  others = finished,
) => medianPruner(options).prune(history(losses), others, 'loss');

describe('medianPruner', () => {
  // The decisions of optuna.pruners.MedianPruner 4.6: the best so far against the median at the same epoch.
  it('ends what was never as good as the median at its epoch', () => {
    expect(prune([4.5])).toBe('loss 4.500 after epoch 1 is worse than loss 4.000, the median of 3 variants');
    expect(prune([4])).toBeUndefined();
    expect(prune([2.5, 9])).toBeUndefined();
    expect(prune([3.5, 3.2])).toMatch(/^loss 3\.200 after epoch 2 is worse than loss 3\.000/);
  });

  it('takes the mean of the middle two, and those alone that came so far', () => {
    expect(prune([3.6], { startupTrials: 2 }, finished.slice(1))).toMatch(/than loss 3\.500/);
    expect(prune([3.4], { startupTrials: 2 }, finished.slice(1))).toBeUndefined();
    const short = [...finished.slice(1), history([1])];
    expect(prune([9, 3], { startupTrials: 3 }, short)).toMatch(/than loss 2\.500, the median of 2 variants/);
    expect(prune([9, 9, 9, 9])).toBeUndefined();
  });

  it('waits for startupTrials and warmupEpochs', () => {
    expect(prune([9], {})).toBeUndefined(); // five by default
    expect(prune([9, 9], { startupTrials: 3, warmupEpochs: 2 })).toBeUndefined();
    expect(prune([9, 9, 9], { startupTrials: 3, warmupEpochs: 2 })).toBeDefined();
    expect(prune([9], { startupTrials: 0 }, [])).toBeUndefined();
  });

  it('takes what is no number for worst, and does not compare with it', () => {
    expect(prune([NaN])).toMatch(/^loss Infinity after epoch 1 is worse/);
    expect(prune([9], { startupTrials: 1 }, [history([NaN])])).toBeUndefined();
  });

  it('watches top-1 where the study does: higher is better', () => {
    const { prune } = medianPruner({ startupTrials: 3 });
    expect(prune(history([4.5]), finished, 'top1')).toBe(
      'top-1 55.00 % after epoch 1 is worse than top-1 60.00 %, the median of 3 variants',
    );
    expect(prune(history([3.5]), finished, 'top1')).toBeUndefined();
  });

  it('refuses what makes no sense', () => {
    expect(() => medianPruner({ startupTrials: -1 })).toThrow(
      'startupTrials in medianPruner is -1; it must be a whole number, 0 or more',
    );
  });
});
