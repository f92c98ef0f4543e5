import { describe, expect, it } from '@jest/globals';
import { drawHoldOut, type HoldOut } from './hold-out.js';

/** Seven of class 0, two of class 1 and one of class 2, over and over. */
const labels = Int32Array.from({ length: 1000 }, (_, i) => [0, 0, 0, 0, 0, 0, 0, 1, 1, 2][i % 10]!);
const all = Int32Array.from(labels, (_, i) => i);
const draw = (options: HoldOut, images = all) => [...drawHoldOut(images, labels, options)];

function classCounts(images: readonly number[]): number[] {
  const counts = [0, 0, 0];
  for (const image of images) counts[labels[image]!]!++;
  return counts;
}

describe.each([false, true])('a hold-out, stratified: %s,', (stratified) => {
  it.each([0.1, 0.25, 0.333, 0.999])('has the share %d, each image once, in order', (fraction) => {
    const images = draw({ fraction, stratified });
    expect(images).toHaveLength(Math.round(1000 * fraction));
    expect(images).toEqual([...new Set(images)].sort((one, other) => one - other));
  });

  it('is a function of its seed, 0 by default', () => {
    const [one, same, other] = [0, undefined, 1].map((seed) => draw({ fraction: 0.1, seed, stratified }));
    expect(same).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it('draws from all over', () => {
    const images = draw({ fraction: 0.5, stratified });
    const first = images.filter((image) => image < 500).length;
    expect(first).toBeGreaterThan(200);
    expect(first).toBeLessThan(300);
  });

  it('draws only from what it is given', () => {
    const images = draw({ fraction: 0.5, stratified }, all.subarray(600, 610));
    expect(images).toHaveLength(5);
    expect(images.every((image) => image >= 600 && image < 610)).toBe(true);
  });
});

it('a stratified hold-out has the same share of every class', () => {
  expect(classCounts(draw({ fraction: 0.1, stratified: true }))).toEqual([70, 20, 10]);
});

it('a stratified hold-out has in all as many as one that is not, and no class is off by a whole image', () => {
  for (const fraction of [0.013, 0.111, 0.456, 0.987]) {
    const counts = classCounts(draw({ fraction, stratified: true }));
    expect(counts.reduce((sum, count) => sum + count)).toBe(Math.round(1000 * fraction));
    [700, 200, 100].forEach((size, i) => expect(Math.abs(counts[i]! - size * fraction)).toBeLessThan(1));
  }
});
