import { expect, it } from '@jest/globals';
import { recipes } from './recipes.js';

/** The learning rate after epochs that all gave one top-1. */
const rateAfter = ({ optimizer, epochs }: (typeof recipes)[keyof typeof recipes], epoch: number) =>
  optimizer.hyperparameters({
    epoch,
    step: epoch,
    stepsPerEpoch: 1,
    epochs,
    history: Array.from({ length: epoch }, () => ({ top1: 0.1, loss: 2.3 })),
  } as never).learningRate;

it('falls three times in the paper, and no more', () => {
  const rates = [0, 12, 23, 34, 70].map((epoch) => rateAfter(recipes.paper, epoch));
  [1e-2, 1e-3, 1e-4, 1e-5, 1e-5].forEach((rate, i) => expect(rates[i]).toBeCloseTo(rate, 12));
});

it('takes 74 epochs of ImageNet for the 370,000 steps of the paper', () => {
  const steps = Math.ceil(1_281_167 / recipes.paper.batchSize) * recipes.paper.epochs;
  expect(steps).toBeGreaterThan(370_000);
  expect(steps).toBeLessThan(371_000);
});

it('waits for three epochs in the study', () => {
  const rates = [4, 5].map((epoch) => rateAfter(recipes.seedStudy, epoch));
  [1e-2, 1e-3].forEach((rate, i) => expect(rates[i]).toBeCloseTo(rate, 12));
});
