import { expect, it } from '@jest/globals';
import { symmetricEigen } from './symmetric-eigen.js';

const numbers = (count: number) => Array.from({ length: count }, (_, i) => i);

it.each<[string, number[][], number[], number[][] | undefined]>([
  [
    'a diagonal matrix',
    [
      [1, 0, 0],
      [0, 3, 0],
      [0, 0, 2],
    ],
    [3, 2, 1],
    [
      [0, 1, 0],
      [0, 0, 1],
      [1, 0, 0],
    ],
  ],
  [
    'two by two',
    [
      [2, 1],
      [1, 2],
    ],
    [3, 1],
    undefined,
  ],
  // What numpy.linalg.eigvalsh gives.
  [
    'colours of a photo',
    [
      [0.0484, 0.021, 0.0173],
      [0.021, 0.0144, 0.0088],
      [0.0173, 0.0088, 0.0196],
    ],
    [0.06645443, 0.01159347, 0.0043521],
    undefined,
  ],
])('eigenvalues of %s, each with its vector', (_, matrix, values, vectors) => {
  const found = symmetricEigen(matrix);
  expect(found.values).toEqual(values.map((value) => expect.closeTo(value, 4)));
  if (vectors) expect(found.vectors).toEqual(vectors);
  found.vectors.forEach((vector, i) => {
    expect(Math.hypot(...vector)).toBeCloseTo(1, 12);
    matrix.forEach((row, j) => {
      const product = row.reduce((sum, value, k) => sum + value * vector[k]!, 0);
      expect(product).toBeCloseTo(found.values[i]! * vector[j]!, 12);
    });
  });
  for (const i of numbers(matrix.length)) {
    for (const j of numbers(i)) {
      const product = found.vectors[i]!.reduce((sum, value, k) => sum + value * found.vectors[j]![k]!, 0);
      expect(product).toBeCloseTo(0, 12);
    }
  }
});
