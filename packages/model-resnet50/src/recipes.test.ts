import { expect, it } from '@jest/globals';
import { recipes } from './recipes.js';

/** The learning rate in the middle of an epoch of so many steps, with the valid top-1 of each epoch before it. */
const rateAt = (
  { optimizer, epochs }: (typeof recipes)[keyof typeof recipes],
  epoch: number,
  stepsPerEpoch: number,
  history: readonly number[] = [],
) =>
  optimizer.hyperparameters({
    epoch,
    step: Math.floor((epoch + 0.5) * stepsPerEpoch),
    stepsPerEpoch,
    epochs,
    history: history.map((top1) => ({ top1, loss: 1 })),
  } as never).learningRate;

it('falls at 32,000 and 48,000 steps on CIFAR-10', () => {
  const steps = Math.ceil(45_000 / recipes.cifar.batchSize);
  expect(steps * recipes.cifar.epochs).toBeGreaterThanOrEqual(64_000);
  expect(steps * (recipes.cifar.epochs - 1)).toBeLessThan(64_000);
  expect([0, 90, 91, 136, 181].map((epoch) => rateAt(recipes.cifar, epoch, steps))).toEqual([
    0.1, 0.1, 0.01, 1e-3, 1e-3,
  ]);
});

it('begins at 0.01 with 110 layers', () => {
  expect([0, 1, 2].map((epoch) => rateAt(recipes.cifar110, epoch, 352))).toEqual([0.01, 0.1, 0.1]);
});

it('falls every ten epochs in the seed', () => {
  const rates = [0, 9, 10, 19, 20, 29].map((epoch) => rateAt(recipes.seed, epoch, 391));
  [0.1, 0.1, 0.01, 0.01, 1e-3, 1e-3].forEach((rate, i) => expect(rates[i]).toBeCloseTo(rate, 12));
});

it('waits for three epochs without a better top-1 in the study at 32×32', () => {
  const history = [0.3, 0.4, 0.4, 0.4, 0.4];
  expect(rateAt(recipes.seedStudy32, 5, 313, history)).toBeCloseTo(0.01, 12);
  expect(rateAt(recipes.seedStudy32, 6, 313, [...history, 0.4])).toBeCloseTo(1e-3, 12);
});
