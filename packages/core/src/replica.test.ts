import { expect, it } from '@jest/globals';
import { partsOf } from './replica.js';

it('shares a batch out, as equally as can be', () => {
  expect(partsOf(10, 4).map(({ from, count, of, share }) => [from, count, of, share])).toEqual([
    [0, 3, 10, 0.3],
    [3, 2, 10, 0.2],
    [5, 3, 10, 0.3],
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

it('gives all replicas all examples where these are fewer', () => {
  expect(partsOf(2, 4)).toEqual(Array.from({ length: 4 }, () => ({ from: 0, count: 2, of: 2, share: 0.25 })));
});
