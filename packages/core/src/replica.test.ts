import { expect, it } from '@jest/globals';
import { partsOf, partsWithin, weightOf } from './replica.js';

it('shares a batch out, as equally as can be', () => {
  expect(partsOf(10, 4).map(({ from, count, of, share }) => [from, count, of, share])).toEqual([
    [0, 3, 10, 0.3],
    [3, 3, 10, 0.3],
    [6, 2, 10, 0.2],
    [8, 2, 10, 0.2],
  ]);
  for (const [examples, replicas] of [
    [1, 1],
    [7, 7],
    [33, 8],
    [128, 3],
  ] as const) {
    const parts = partsOf(examples, replicas);
    expect(parts.reduce((sum, { count }) => sum + count, 0)).toBe(examples);
    expect(parts.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
    parts.slice(1).forEach(({ from }, i) => expect(from).toBe(parts[i]!.from + parts[i]!.count));
    expect(
      Math.max(...parts.map(({ count }) => count)) - Math.min(...parts.map(({ count }) => count)),
    ).toBeLessThan(2);
  }
});

it('gives each replica one example where there are fewer', () => {
  const parts = partsOf(2, 5);
  expect(parts.map(({ from, count, of }) => [from, count, of])).toEqual(
    [0, 0, 0, 1, 1].map((from) => [from, 1, 2]),
  );
  expect(parts.map(({ share }) => share)).toEqual([1 / 6, 1 / 6, 1 / 6, 1 / 4, 1 / 4]);
  // Sums of a part count so much that those of all parts add up to those of the batch.
  expect(parts.map(weightOf)).toEqual([1 / 3, 1 / 3, 1 / 3, 1 / 2, 1 / 2]);
});

it('shares a part out again', () => {
  const [, second] = partsOf(10, 2);
  expect(partsWithin(second!, 2)).toEqual([
    { from: 5, count: 3, of: 10, share: 0.3 },
    { from: 8, count: 2, of: 10, share: 0.2 },
  ]);
});
