import { describe, expect, it } from '@jest/globals';
import { adam } from '../optimizers/adam.js';
import { sgd } from '../optimizers/sgd.js';
import { exampleExperiment } from '../testing/example.js';
import { medianPruner } from './median-pruner.js';
import { type Change, study } from './study.js';

const base = exampleExperiment();

describe('study', () => {
  it('is the base with one thing changed each, checked and frozen', () => {
    const adamRule = adam({ learningRate: 0.1 });
    const found = study(base, { base: {}, adam: { optimizer: adamRule }, long: { epochs: 9 } });
    expect(found).toMatchObject({ name: 'example', base, monitor: 'loss' });
    expect(Object.keys(found.variants)).toEqual(['base', 'adam', 'long']);
    expect(found.variants.base).toEqual(base);
    expect(found.variants.adam).toEqual({ ...base, optimizer: adamRule });
    expect(found.variants.long).toEqual({ ...base, epochs: 9 });
    expect([found, found.variants, found.variants.long, found.values].every(Object.isFrozen)).toBe(true);
    // @ts-expect-error: there is no such variant
    void found.variants.short;
  });

  it('takes an experiment that was not checked yet, a monitor and a pruner', () => {
    const { name, model, dataset, batchSize, epochs } = base;
    const pruner = medianPruner();
    const input = { name, model, dataset, batchSize, epochs, optimizer: sgd({ learningRate: 1 }) };
    expect(study(input, { base: {} }, { monitor: 'top1', pruner })).toMatchObject({
      monitor: 'top1',
      pruner,
    });
  });

  it('says which variant is wrong, in a line for each problem', () => {
    expect(() =>
      study(base, {
        short: { epochs: 0 },
        // @ts-expect-error: "epoch" is no key
        typo: { epoch: 3 },
        // @ts-expect-error: nor is the name
        named: { name: 'other' },
        'a/b': {},
      }),
    ).toThrowErrorMatchingInlineSnapshot(`
     "variant "short": epochs in experiment "example" is 0; it must be a whole number, 1 or more
     variant "typo": unknown key "epoch" in experiment "example"; did you mean "epochs"?
     variant "named": it has a name of its own; all are recorded as "example"
     variant "a/b": its name must be fit for a folder: up to 100 letters, digits, "_", ".", ",", "=", "+" and "-""
    `);
    expect(() => study(base, {} as Record<string, Change>)).toThrow('study "example" has no variants');
    expect(() => study(base, { base: {} }, { monitor: 'f1' as never })).toThrow(
      'monitor in study "example" is "f1"; it must be "loss" or "top1"',
    );
    expect(() => study(base, { base: {} }, { pruner: medianPruner as never })).toThrow('must be a pruner');
  });
});
