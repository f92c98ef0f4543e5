import { scalar, type Tensor2D, tidy } from '@tensorflow/tfjs-core';
import type { MixingTransform, RandomTransform, Transform } from './dataset.js';
import { type RandomKey, randomKey, statelessUniform } from './random.js';

/** How many numbers each random transform has for one image, made up to fours, which the generator makes. */
const drawn: {
  readonly [Name in (RandomTransform | MixingTransform)['name']]:
    number | ((transform: Extract<Transform, { name: Name }>) => number);
} = {
  randomHorizontalFlip: 4,
  randomCrop: 4,
  cutout: 4,
  randomResizedCrop: 24,
  randomShortSideCrop: 4,
  colorJitter: 8,
  pcaLighting: 4,
  randAugment: ({ numOps = 2 }) => 2 * numOps,
  mixup: 4,
  cutmix: 4,
};

/** Whether a transform is for training images only. */
export const isRandomTransform = (transform: Transform): transform is RandomTransform | MixingTransform =>
  Object.hasOwn(drawn, transform.name);

/**
 * What random transforms draw in an epoch, so that all engines do the same: `[size, numbers]` for each, in the order of
 * `transforms`. Row `i` is for image `i` of the split: numbers u, uniform in [0, 1), a function of (seed, epoch, i), the
 * transform's name, and how many of that name are before it. They mean, by column, in float32:
 *
 * - `randomHorizontalFlip`: mirrored if u0 < p
 * - `randomCrop`: begins at row floor(u0 (H + 1 - h)), column floor(u1 (W + 1 - w)) of the padded image, H×W; h×w is the
 *   crop's size
 * - `cutout`: the centre is at row floor(u0 H), column floor(u1 W); the square begins floor(size / 2) before it
 * - `randomResizedCrop`: ten attempts at the part's height and width, and where it begins: see `resizedCropBoxes`
 * - `randomShortSideCrop`: the side has floor(u0 (most + 1 - least)) pixels more than the least; the crop begins at row
 *   floor(u1 (H + 1 - h)), column floor(u2 (W + 1 - w)) of the resized image
 * - `colorJitter`: u0 to u3 lie in the ranges of brightness, contrast, saturation and hue as in [0, 1); their order is
 *   permutation floor(24 u4) of those four in lexicographic order
 * - `pcaLighting`: Box-Muller's normal numbers, (u0, u1) the first two, (u2, u3) the third: see `lightingShift`
 * - `randAugment`: does op floor(14 u0) of torchvision's table, with a negative sign if u1 <= 0.5; then u2 and u3 the same
 * - `mixup`, `cutmix`: u0 and u1 make λ, see `mixingNumbers`; the centre of CutMix's box is at row floor(u2 H), column floor(u3 W)
 */
export function randomDraws(
  transforms: readonly Transform[],
  { seed, epoch, size }: { readonly seed: number; readonly epoch: number; readonly size: number },
): Tensor2D[] {
  return randomNumbers(transforms, seed).map(({ key, count }) =>
    tidy(() => statelessUniform([size, count], key, 0, 1, scalar(epoch, 'int32')) as Tensor2D),
  );
}

/** The numbers that one random transform has for an image. */
export interface RandomNumbers {
  readonly key: RandomKey;
  /** A multiple of four: image `i` has those that begin at counter `i * count / 4` of Philox, with the epoch as its high half. */
  readonly count: number;
}

/** Where `randomDraws` has its numbers from, for engines that draw them image by image. */
export function randomNumbers(transforms: readonly Transform[], seed: number): RandomNumbers[] {
  const random = transforms.filter(isRandomTransform);
  return random.map((transform, i) => {
    const { name } = transform;
    const before = random.slice(0, i).filter((other) => other.name === name).length;
    return { key: randomKey(seed, `${name}/${before}`), count: countOf(transform) };
  });
}

function countOf(transform: RandomTransform | MixingTransform): number {
  const needed = drawn[transform.name] as number | ((transform: Transform) => number);
  return 4 * Math.ceil((typeof needed === 'number' ? needed : needed(transform)) / 4);
}
