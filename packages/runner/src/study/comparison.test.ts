import { expect, it } from '@jest/globals';
import { defineExperiment, type EpochResult, study } from '@paperlab/core';
import { rowsExperiment } from '../testing/rows.js';
import { bestVariant, compare, comparisonCsv, comparisonTable } from './comparison.js';
import type { VariantResult } from './store.js';

const epochs = (losses: readonly number[]): EpochResult[] =>
  losses.map((loss, epoch) => ({
    epoch,
    step: 10 * (epoch + 1),
    train: { loss, top1: 0 },
    valid: { loss, top1: loss / 10 },
    learningRate: 0.1,
    seconds: 1.26,
    imagesPerSecond: 100,
    stall: 0,
    skipped: 0,
  }));
const result = (
  variant: string,
  losses: readonly number[],
  more: Partial<VariantResult> = {},
): VariantResult => ({
  ...{ variant, status: 'FINISHED', params: {}, epochs: epochs(losses) },
  ...more,
});
const base = defineExperiment(rowsExperiment);
const changes = { base: {}, 'rate=0.1': { values: { rate: 0.1 } }, broken: {} };
const results = [
  result('base', [2, 0.5, 1]),
  result('rate=0.1', [3, NaN], { status: 'PRUNED', reason: 'it is "bad", as such' }),
  result('broken', [], { status: 'FAILED', reason: 'no data' }),
];

it('compares variants by their best epochs', () => {
  const lossStudy = study(base, changes);
  expect(comparisonTable(compare(lossStudy, results))).toMatchInlineSnapshot(`
   "variant   epochs  best epoch  valid loss    top-1   time  status
   base           3           2      0.5000   5.00 %  3.8 s  FINISHED
   rate=0.1       2           1      3.0000  30.00 %  2.5 s  PRUNED
   broken         0           -           -        -  0.0 s  FAILED"
  `);
  expect(comparisonCsv(compare(lossStudy, results))).toMatchInlineSnapshot(`
   "variant,rate,status,epochs,best_epoch,valid_loss,valid_top1,seconds,reason
   base,,FINISHED,3,2,0.5,0.05,3.7800000000000002,
   rate=0.1,0.1,PRUNED,2,1,3,0.3,2.52,"it is ""bad"", as such"
   broken,,FAILED,0,,,,0,no data
   "
  `);
  expect(bestVariant(lossStudy, results)?.variant).toBe('base');
  expect(bestVariant(study(base, changes, { monitor: 'top1' }), results)?.variant).toBe('rate=0.1');
  expect(bestVariant(lossStudy, results.slice(2))).toBeUndefined();
});
