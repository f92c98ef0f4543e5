import { scalar, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import type { RandomTransform, Transform } from './dataset.js';
import { randomKey, statelessUniform } from './random.js';

const random: ReadonlySet<string> = new Set<RandomTransform['name']>([
  'randomHorizontalFlip',
  'randomCrop',
  'cutout',
]);

/** Whether a transform is for training images only. */
export const isRandomTransform = (transform: Transform): transform is RandomTransform =>
  random.has(transform.name);

/** Numbers that a random transform has for one image. */
const PER_IMAGE = 4;

/**
 * What random transforms draw in an epoch, so that all engines do the same: `[size, 4]` for each, in the order of
 * `transforms`. Row `i` is for image `i` of the split: numbers u, uniform in [0, 1), a function of (seed, epoch, i), the
 * transform's name, and how many of that name are before it. They mean, by column, in float32:
 *
 * - `randomHorizontalFlip`: mirrored if u0 < p
 * - `randomCrop`: begins at row floor(u0 (H + 1 - h)), column floor(u1 (W + 1 - w)) of the padded image, H×W; h×w is the
 *   crop's size
 * - `cutout`: the centre is at row floor(u0 H), column floor(u1 W); the square begins floor(size / 2) before it
 */
export function randomDraws(
  transforms: readonly Transform[],
  { seed, epoch, size }: { readonly seed: number; readonly epoch: number; readonly size: number },
): Tensor2D[] {
  const names = transforms.filter(isRandomTransform).map(({ name }) => name);
  return names.map((name, i) => {
    const before = names.slice(0, i).filter((other) => other === name).length;
    const key = randomKey(seed, `${name}/${before}`);
    return tidy(() => statelessUniform([size, PER_IMAGE], key, 0, 1, scalar(epoch, 'int32')) as Tensor2D);
  });
}
