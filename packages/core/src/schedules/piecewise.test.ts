import { describe, expect, it } from '@jest/globals';
import { piecewise } from './piecewise.js';
import { constant } from './schedule.js';

const at = (epoch: number, step = epoch * 100) => ({
  step,
  epoch,
  stepsPerEpoch: 100,
  epochs: 20,
  history: [],
});

describe('piecewise', () => {
  it('changes at the epoch named and holds in between', () => {
    const rate = piecewise({ 0: 5e-4, 3: 2e-4, 6: 5e-5 });
    expect([0, 2, 3, 5, 6, 100].map((epoch) => rate(at(epoch)))).toEqual([
      5e-4, 5e-4, 2e-4, 2e-4, 5e-5, 5e-5,
    ]);
  });

  it('counts steps when asked to', () => {
    const rate = piecewise({ 0: 1, 150: 0.1 }, { by: 'step' });
    expect([rate(at(1, 149)), rate(at(1, 150))]).toEqual([1, 0.1]);
  });

  it('sorts its points as numbers', () => {
    expect(piecewise({ 10: 1, 9: 2, 0: 3 })(at(9))).toBe(2);
  });

  it('is plain data to trackers', () => {
    const config = { schedule: 'piecewise', by: 'epoch', rates: { 0: 1, 2: 0.5 } };
    expect(piecewise({ 0: 1, 2: 0.5 }).config).toEqual(config);
  });

  it('refuses what it cannot follow, in one line', () => {
    expect(() => piecewise({ 1: 0.1 })).toThrowErrorMatchingInlineSnapshot(
      `"piecewise: there is no learning rate from epoch 0 on; add { 0: … }"`,
    );
    expect(() => piecewise({ 0: 0.1, 1.5: 0.01 })).toThrowErrorMatchingInlineSnapshot(
      `"piecewise: "1.5" is no epoch; it must be a whole number, 0 or more"`,
    );
    expect(() => piecewise({ 0: 0.1, 3: NaN })).toThrowErrorMatchingInlineSnapshot(
      `"piecewise, from epoch 3 on: the learning rate is NaN; it must be a number, 0 or more"`,
    );
    // @ts-expect-error: what a program without types can pass
    expect(() => piecewise({ 0: 0.1 }, { by: 'batch' })).toThrowErrorMatchingInlineSnapshot(
      `"piecewise: by is "batch"; it must be "epoch" or "step""`,
    );
  });
});

describe('constant', () => {
  it('is the same everywhere, and a plain number to trackers', () => {
    expect(constant(0.1)(at(7))).toBe(0.1);
    expect(constant(0.1).config).toBe(0.1);
  });

  it('refuses a negative rate', () => {
    expect(() => constant(-0.1)).toThrowErrorMatchingInlineSnapshot(
      `"constant: the learning rate is -0.1; it must be a number, 0 or more"`,
    );
  });
});
