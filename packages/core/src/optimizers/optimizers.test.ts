import { describe, expect, it } from '@jest/globals';
import { dispose, fill, ready, scalar, tensor1d, tidy, variable } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { readFileSync } from 'node:fs';
import type { Optimizer } from '../optimizer.js';
import { piecewise } from '../schedules/piecewise.js';
import type { Schedule } from '../schedules/schedule.js';
import { updateWeight } from '../step/update.js';
import { optimizerContract } from '../testing/optimizer-contract.js';
import { adagrad } from './adagrad.js';
import { adam } from './adam.js';
import { sgd } from './sgd.js';

/** Twenty steps of PyTorch, made by tools/golden/optimizers.py. */
interface Fixture {
  readonly initial: number[];
  /** `[step, weight]` */
  readonly gradients: number[][];
  readonly cases: readonly Case[];
}
interface Case {
  readonly name: string;
  readonly optimizer: 'sgd' | 'adam' | 'adagrad';
  /** By PyTorch's names. */
  readonly options: {
    readonly momentum?: number;
    readonly nesterov?: boolean;
    readonly weight_decay?: number;
    readonly betas?: readonly [number, number];
    readonly eps?: number;
  };
  /** Learning rate from each step on. */
  readonly rates: Readonly<Record<number, number>>;
  /** After each step, `[step, weight]`. */
  readonly weights: number[][];
}
const fixture: Fixture = JSON.parse(
  readFileSync(new URL('./fixtures/pytorch.json', import.meta.url), 'utf8'),
);

describe('against PyTorch', () => {
  it.each(fixture.cases)('$name: 20 steps to 2e-6', async ({ optimizer, options, rates, weights }) => {
    await ready();
    const steps = run(ours(optimizer, options, piecewise(rates, { by: 'step' })));
    const errors = steps.map((step, i) => relativeError(step, weights[i]!));
    expect(Math.max(...errors)).toBeLessThan(2e-6);
  });

  it('is compared under a changing learning rate too, with every optimizer', () => {
    const changing = fixture.cases.filter(({ rates }) => new Set(Object.values(rates)).size > 1);
    expect(new Set(changing.map(({ optimizer }) => optimizer))).toEqual(new Set(['sgd', 'adam', 'adagrad']));
  });
});

describe('sgd', () => optimizerContract(() => sgd({ learningRate: 0.1 })));
describe('sgd with momentum', () =>
  optimizerContract(() => sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 1e-4 })));
describe('adam', () => optimizerContract(() => adam({ learningRate: 0.1 })));
describe('adagrad', () => optimizerContract(() => adagrad({ learningRate: 0.1 })));

describe('options', () => {
  it('are recorded with their defaults', () => {
    expect(adam({ learningRate: piecewise({ 0: 1e-3, 4: 1e-4 }) }).config).toEqual({
      learningRate: { schedule: 'piecewise', by: 'epoch', rates: { 0: 1e-3, 4: 1e-4 } },
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
    });
  });

  it('that are wrong are each refused in a line', () => {
    // @ts-expect-error: what a program without types can pass
    expect(() => sgd({ learningRate: -1, momentun: 0.9, momentum: 1 })).toThrowErrorMatchingInlineSnapshot(`
     "learningRate in sgd is -1; it must be a number, 0 or more, or a schedule such as piecewise({ 0: 1e-3, 10: 1e-4 })
     momentum in sgd is 1; it must be a number from 0 up to, not including, 1
     unknown key "momentun" in sgd; did you mean "momentum"?"
    `);
    // @ts-expect-error: there is no default
    expect(() => adam({})).toThrowErrorMatchingInlineSnapshot(
      `"learningRate is missing from adam; it must be a number, 0 or more, or a schedule such as piecewise({ 0: 1e-3, 10: 1e-4 })"`,
    );
    expect(() => adagrad({ learningRate: 0.1, epsilon: 0 })).toThrowErrorMatchingInlineSnapshot(
      `"epsilon in adagrad is 0; it must be a number above 0"`,
    );
    expect(() => sgd({ learningRate: 0.1, nesterov: true })).toThrowErrorMatchingInlineSnapshot(
      `"nesterov in sgd is true without momentum; give momentum, such as 0.9"`,
    );
  });
});

function ours(name: Case['optimizer'], options: Case['options'], learningRate: Schedule): Optimizer {
  const { momentum, nesterov, weight_decay: weightDecay, betas: [beta1, beta2] = [], eps: epsilon } = options;
  if (name === 'sgd') return sgd({ learningRate, momentum, nesterov, weightDecay });
  return name === 'adam' ? adam({ learningRate, beta1, beta2, epsilon }) : adagrad({ learningRate, epsilon });
}

/** The weights after each step. */
function run(optimizer: Optimizer): number[][] {
  const weight = variable(tensor1d(fixture.initial));
  const slots = mapValues(optimizer.slots, (initial) => variable(fill(weight.shape, initial)));
  const multipliers = { learningRate: 1, weightDecay: 1 };
  const progress = { epoch: 0, stepsPerEpoch: fixture.gradients.length, epochs: 1, history: [] };
  const after = fixture.gradients.map((gradient, step) => {
    tidy(() => {
      const hyperparameters = mapValues(optimizer.hyperparameters({ ...progress, step }), (value) =>
        scalar(value),
      );
      updateWeight(optimizer, { weight, slots, multipliers }, tensor1d(gradient), hyperparameters);
    });
    return [...weight.dataSync()];
  });
  dispose([weight, ...Object.values(slots)]);
  return after;
}

function mapValues<A, B>(record: Readonly<Record<string, A>>, map: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

/** The largest over the weights. */
const relativeError = (actual: number[], expected: number[]) =>
  Math.max(...expected.map((value, i) => Math.abs(actual[i]! - value) / Math.abs(value)));
