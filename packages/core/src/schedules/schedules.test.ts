import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { cosineDecay, exponentialDecay, polynomialDecay, stepDecay } from './decay.js';
import { oneCycle } from './one-cycle.js';
import { reduceOnPlateau } from './plateau.js';
import type { Schedule } from './schedule.js';
import { warmup } from './warmup.js';

/** Made by PyTorch: tools/golden/schedules.py. */
const fixture = JSON.parse(readFileSync(new URL('./fixtures/pytorch.json', import.meta.url), 'utf8')) as {
  learningRate: number;
  losses: number[];
  rates: Record<string, number[]>;
};
const { learningRate, losses, rates } = fixture;
const COUNT = 40;

/** The rates of 40 epochs of one step each, so that epochs and steps are the same. */
const ratesOf = (schedule: Schedule) =>
  Array.from({ length: COUNT }, (_, i) =>
    schedule({
      step: i,
      epoch: i,
      stepsPerEpoch: 1,
      epochs: COUNT,
      history: losses.slice(0, i).map((loss) => ({ loss, top1: loss })),
    }),
  );

const cases: Record<string, Schedule> = {
  stepDecay: stepDecay(learningRate, { stepSize: 7, gamma: 0.3 }),
  exponentialDecay: exponentialDecay(learningRate, { gamma: 0.93 }),
  cosineDecay: cosineDecay(learningRate),
  'cosineDecay, minimum': cosineDecay(learningRate, { minimum: 0.01, by: 'epoch' }),
  polynomialDecay: polynomialDecay(learningRate, { power: 0.5 }),
  'polynomialDecay, shorter': polynomialDecay(learningRate, { power: 2, length: 15 }),
  oneCycle: oneCycle(learningRate),
  'oneCycle, options': oneCycle(learningRate, {
    totalSteps: COUNT,
    pctStart: 0.45,
    divFactor: 10,
    finalDivFactor: 50,
  }),
  warmup: warmup(learningRate, { length: 6 }),
  'warmup, stepDecay': warmup(stepDecay(learningRate, { stepSize: 4, gamma: 0.5 }), {
    length: 6,
    startFactor: 0.25,
  }),
  reduceOnPlateau: reduceOnPlateau(learningRate, { factor: 0.5, patience: 2 }),
  'reduceOnPlateau, options': reduceOnPlateau(learningRate, {
    factor: 0.3,
    patience: 1,
    threshold: 0.03,
    cooldown: 3,
    minimum: 0.02,
  }),
  'reduceOnPlateau, top1': reduceOnPlateau(learningRate, { metric: 'top1', patience: 0 }),
};

it.each(Object.keys(rates))('%s: as PyTorch', (name) => {
  ratesOf(cases[name]!).forEach((rate, i) =>
    expect([i, Math.abs(rate - rates[name]![i]!) <= 1e-12 * learningRate || rate]).toEqual([i, true]),
  );
});

it('every schedule is compared with PyTorch', () => {
  expect(Object.keys(cases).sort()).toEqual(Object.keys(rates).sort());
});

it('holds its last rate after its end', () => {
  const late = { step: 99, epoch: 99, stepsPerEpoch: 1, epochs: COUNT, history: [] };
  expect(cosineDecay(1, { length: 10, minimum: 0.25 })(late)).toBeCloseTo(0.25, 12);
  expect(polynomialDecay(1, { length: 10, minimum: 0.25 })(late)).toBe(0.25);
  expect(oneCycle(1, { totalSteps: 10 })(late)).toBeCloseTo(1 / 25 / 1e4, 12);
});

it('counts the steps of the whole run', () => {
  const middle = { step: 250, epoch: 2, stepsPerEpoch: 100, epochs: 5, history: [] };
  expect(cosineDecay(1)(middle)).toBeCloseTo(0.5, 12);
  expect(cosineDecay(1, { by: 'epoch' })(middle)).toBeCloseTo((1 + Math.cos((Math.PI * 2) / 5)) / 2, 12);
});

it('is plain data to trackers', () => {
  expect(cases['warmup, stepDecay']!.config).toEqual({
    schedule: 'warmup',
    after: { schedule: 'stepDecay', learningRate, stepSize: 4, gamma: 0.5, by: 'epoch' },
    length: 6,
    startFactor: 0.25,
    by: 'step',
  });
});

describe('what cannot be followed is refused in one line', () => {
  it.each<[make: () => Schedule, message: string]>([
    [
      () => stepDecay(-1, { stepSize: 1 }),
      'stepDecay: the learning rate is -1; it must be a number, 0 or more',
    ],
    [() => stepDecay(1, { stepSize: 0 }), 'stepDecay: stepSize is 0; it must be a whole number, 1 or more'],
    [() => exponentialDecay(1, { gamma: 0 }), 'exponentialDecay: gamma is 0; it must be a number above 0'],
    [
      () => cosineDecay(1, { length: 1.5 }),
      'cosineDecay: length is 1.5; it must be a whole number, 1 or more',
    ],
    [
      () => cosineDecay(1, { by: 'batch' as never }),
      'cosineDecay: by is "batch"; it must be "epoch" or "step"',
    ],
    [() => polynomialDecay(1, { power: NaN }), 'polynomialDecay: power is NaN; it must be a number above 0'],
    [() => oneCycle(1, { pctStart: 1 }), 'oneCycle: pctStart is 1; it must be a number between 0 and 1'],
    [() => warmup(1, { length: 5, startFactor: 2 }), 'warmup: startFactor is 2; it must be a number, 0 to 1'],
    [
      () => reduceOnPlateau(1, { factor: 1 }),
      'reduceOnPlateau: factor is 1; it must be a number between 0 and 1',
    ],
    [
      () => reduceOnPlateau(1, { patience: -1 }),
      'reduceOnPlateau: patience is -1; it must be a whole number, 0 or more',
    ],
    [
      () => reduceOnPlateau(1, { metric: 'top5' as never }),
      'reduceOnPlateau: metric is "top5"; it must be "loss" or "top1"',
    ],
  ])('%p', (make, message) => {
    expect(make).toThrow(message);
  });
});
