import { philox, randomKey } from '@paperlab/core';

/** Validation images drawn from the training images by a seed. */
export interface HoldOut {
  /** Share of the training images, between 0 and 1. */
  readonly fraction: number;
  /** Default 0. It has nothing to do with the seed of the experiment, so that all runs of a study validate alike. */
  readonly seed?: number;
  /** Takes the same share of every class, as far as whole images go. Default false. */
  readonly stratified?: boolean;
}

/**
 * Draws images to hold out.
 * @param images numbers of the images to draw from
 * @param labels of all images of the part, by number
 * @returns the numbers drawn, in ascending order: `fraction` of `images`, rounded
 */
export function drawHoldOut(images: Int32Array, labels: Int32Array, options: HoldOut): Int32Array {
  const { fraction, seed = 0, stratified = false } = options;
  const count = Math.round(images.length * fraction);
  if (!stratified) return shuffled(images, seed, 'hold-out').slice(0, count).sort();
  const classes = [...new Set(images.map((image) => labels[image]!))].sort((one, other) => one - other);
  const members = classes.map((label) => images.filter((image) => labels[image] === label));
  const shares = apportion(
    members.map(({ length }) => length),
    count,
  );
  const drawn = members.flatMap((ofClass, i) => [
    ...shuffled(ofClass, seed, `hold-out/${classes[i]}`).subarray(0, shares[i]),
  ]);
  return Int32Array.from(drawn).sort();
}

/** Divides `count` among groups in proportion to their sizes, by largest remainders. */
function apportion(sizes: readonly number[], count: number): number[] {
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const quotas = sizes.map((size) => (size * count) / total);
  const shares = quotas.map(Math.floor);
  const left = count - shares.reduce((sum, share) => sum + share, 0);
  const byRemainder = quotas
    .map((quota, i) => ({ i, remainder: quota - shares[i]! }))
    .sort((one, other) => other.remainder - one.remainder || one.i - other.i);
  for (const { i } of byRemainder.slice(0, left)) shares[i]!++;
  return shares;
}

/** Another order of the numbers that is a function of (seed, name): the shuffle of Fisher and Yates. */
function shuffled(numbers: Int32Array, seed: number, name: string): Int32Array {
  const key = randomKey(seed, name);
  const order = numbers.slice();
  let words: number[] = [];
  for (let i = order.length - 1; i > 0; i--) {
    const draw = order.length - 1 - i;
    if (draw % 4 === 0) words = philox(draw / 4, key);
    const j = Math.floor((words[draw % 4]! / 0x100000000) * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
