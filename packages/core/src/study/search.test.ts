import { describe, expect, it } from '@jest/globals';
import { sgd } from '../optimizers/sgd.js';
import { exampleExperiment } from '../testing/example.js';
import { choice, float, int } from './ranges.js';
import { grid, randomSearch } from './search.js';
import { study } from './study.js';

const base = exampleExperiment();
const places = [0, 0.25, 0.5, 0.75, 0.999999];

describe('ranges', () => {
  it('give each part of 0..1 its share', () => {
    expect(places.map((place) => choice(['a', 'b']).at(place))).toEqual(['a', 'a', 'b', 'b', 'b']);
    expect(places.map((place) => int(2, 5).at(place))).toEqual([2, 3, 4, 5, 5]);
    expect(places.map((place) => float(-1, 1).at(place))).toEqual([-1, -0.5, 0, 0.5, 1]);
    expect(places.map((place) => float(1e-4, 1, { log: true }).at(place))).toEqual([
      1e-4, 1e-3, 0.01, 0.1, 1,
    ]);
    expect(float(0.9, 0.9001).at(1 / 3)).toBe(0.900033333);
  });

  it('refuse what makes no sense', () => {
    expect(() => choice([])).toThrow('choice has no values');
    expect(() => choice([1, 2, 1])).toThrow('choice has 1 twice');
    expect(() => int(3, 3)).toThrow('int(3, 3): both must be numbers, and low below high');
    expect(() => int(0.5, 3)).toThrow('int(0.5, 3): both must be whole numbers');
    expect(() => float(0, NaN)).toThrow('float(0, NaN): both must be numbers');
    expect(() => float(0, 1, { log: true })).toThrow('float(0, 1): with log, low must be above 0');
  });
});

describe('grid', () => {
  it('has every combination, typed by the ranges, with names and values', () => {
    const found = study(
      base,
      grid(
        { learningRate: choice([0.1, 1e-7]), batchSize: int(1, 2), nesterov: choice([true]) },
        ({ learningRate, batchSize, nesterov }) => {
          const types: [0.1 | 1e-7, number, true] = [learningRate, batchSize, nesterov];
          // @ts-expect-error: a number
          const wrong: string = batchSize;
          void [types, wrong];
          return { optimizer: sgd({ learningRate, momentum: 0.9, nesterov }), batchSize };
        },
      ),
    );
    expect(Object.keys(found.variants)).toEqual([
      'learningRate=0.1,batchSize=1,nesterov=true',
      'learningRate=0.1,batchSize=2,nesterov=true',
      'learningRate=1e-7,batchSize=1,nesterov=true',
      'learningRate=1e-7,batchSize=2,nesterov=true',
    ]);
    const name = 'learningRate=1e-7,batchSize=2,nesterov=true';
    expect(found.values[name]).toEqual({ learningRate: 1e-7, batchSize: 2, nesterov: true });
    expect(found.variants[name]).toMatchObject({
      batchSize: 2,
      optimizer: { config: { learningRate: 1e-7, nesterov: true } },
    });
  });

  it('wants values that can be counted, at compile time too', () => {
    // @ts-expect-error: it has no end
    expect(() => grid({ rate: float(0, 1) }, () => ({}))).toThrow('grid: rate has no end of values');
  });
});

describe('randomSearch', () => {
  const ranges = { rate: float(1e-4, 1, { log: true }), batchSize: choice([16, 32]) };
  const search = (trials: number, seed?: number) =>
    Object.keys(randomSearch(ranges, { trials, seed }, ({ batchSize }) => ({ batchSize })));

  it('is a function of the seed, and more trials begin with the same ones', () => {
    expect(search(3)).toMatchInlineSnapshot(`
     [
       "rate=0.2687,batchSize=32",
       "rate=0.007803,batchSize=16",
       "rate=0.6248,batchSize=16",
     ]
    `);
    expect(search(20).slice(0, 3)).toEqual(search(3));
    expect(search(3, 1)).not.toEqual(search(3));
    // What is drawn for one range does not depend on the others.
    const alone = randomSearch({ rate: ranges.rate }, { trials: 3 }, () => ({}));
    expect(Object.keys(alone)).toEqual(search(3).map((name) => name.split(',')[0]));
  });

  it('draws orders of magnitude alike, and each combination once', () => {
    const rates = Object.values(randomSearch(ranges, { trials: 1000 }, () => ({}))).map(({ values }) =>
      Number(values!['rate']),
    );
    const below = (limit: number) => rates.filter((rate) => rate < limit).length / 1000;
    expect([1e-3, 1e-2, 1e-1].map((limit) => Math.round(20 * below(limit)))).toEqual([5, 10, 15]);
    const all = randomSearch({ a: int(1, 3), b: choice([true, false]) }, { trials: 6 }, () => ({}));
    expect(Object.keys(all)).toHaveLength(6);
  });

  it('refuses more trials than there are combinations', () => {
    expect(() => randomSearch({ a: int(1, 3) }, { trials: 4 }, () => ({}))).toThrow(
      'trials in randomSearch is 4, and there are 3 combinations; use grid',
    );
    expect(() => search(0)).toThrow('trials in randomSearch is 0; it must be a whole number, 1 or more');
  });
});
