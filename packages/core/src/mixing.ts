import {
  add,
  concat,
  cos,
  div,
  expandDims,
  floor,
  greaterEqual,
  less,
  logicalAnd,
  maximum,
  minimum,
  mul,
  pow,
  range,
  reshape,
  slice,
  sqrt,
  square,
  sub,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tidy,
  where,
} from '@tensorflow/tfjs-core';
import type { MixingTransform, Split, Transform } from './dataset.js';
import type { Batch } from './engine.js';

const isMixing = (transform: Transform): transform is MixingTransform =>
  transform.name === 'mixup' || transform.name === 'cutmix';

/** A square root of less is none of a number that float32 can hold. */
const LEAST = 1e-37;

/**
 * The transform that mixes the images of a split.
 * @param owner whose transforms they are, for messages
 * @throws if it is not the last of the transforms, or not the only one that mixes
 */
export function mixingOf(transforms: readonly Transform[], owner = 'a split'): MixingTransform | undefined {
  const [mixing] = transforms.filter(isMixing);
  if (mixing === undefined || mixing === transforms.at(-1)) return mixing;
  throw new Error(
    `transform ${mixing.name} of ${owner} must be the last one: it mixes images that are ready, and only once`,
  );
}

/** A split whose images are not mixed. */
export const unmixed = (split: Split) => ({
  ...split,
  transforms: split.transforms.filter(
    (transform): transform is Exclude<Transform, MixingTransform> => !isMixing(transform),
  ),
});

/**
 * What images are mixed by: λ, which is Beta(alpha, alpha), and two uniform numbers that place the box of CutMix. λ is
 * ½ + ½ c √(1 - w) / √(w + (1 - w) c²) with w = u0^(1 / alpha) and c = cos(2π u1): a number t of Student's distribution with
 * 2 alpha degrees of freedom (Bailey, "Polar generation of random variates with the t-distribution", Mathematics of
 * Computation 62, 1994) gives one as ½ + ½ t / √(2 alpha + t²) (Devroye, "Random variate generation in one line of code", WSC 1996).
 * @param draws `[n, 4]`
 * @returns float32 `[n, 3]`
 */
export function mixingNumbers({ alpha }: MixingTransform, draws: Tensor2D): Tensor2D {
  return tidy(() => {
    const w = pow(slice(draws, [0, 0], [-1, 1]), 1 / alpha);
    const c = cos(mul(slice(draws, [0, 1], [-1, 1]), 2 * Math.PI));
    const rest = sub(1, w);
    const t = div(mul(c, sqrt(rest)), sqrt(add(add(w, mul(rest, square(c))), LEAST)));
    return concat([add(mul(t, 0.5), 0.5), slice(draws, [0, 2], [-1, 2])], 1) as Tensor2D;
  });
}

/**
 * Mixes every image with the one behind it, as torchvision's v2.MixUp and v2.CutMix mix two.
 * @param images  float32 `[n + 1, height, width, channels]`
 * @param labels  int32 `[n + 1]`
 * @param numbers `mixingNumbers` of the images, `[n + 1, 3]`
 * @returns a batch of n
 */
export function mixed(
  mixing: MixingTransform,
  images: Tensor4D,
  labels: Tensor1D,
  numbers: Tensor2D,
): Pick<Batch, 'images' | 'labels' | 'mix'> {
  const count = images.shape[0] - 1;
  const from = <T extends Tensor>(tensor: T, first: number) => {
    const rest = tensor.shape.slice(1);
    return slice(tensor, [first, ...rest.map(() => 0)], [count, ...rest]);
  };
  const [one, other] = [from(images, 0), from(images, 1)];
  const number = (column: number) => slice(numbers, [0, column], [count, 1]);
  const { image, share } =
    mixing.name === 'mixup'
      ? blended(one, other, number(0))
      : cut(one, other, number(0), number(1), number(2));
  return {
    images: image,
    labels: from(labels, 0),
    mix: { labels: from(labels, 1), share: reshape(share, [count]) },
  };
}

/** @param lambda `[n, 1]` */
function blended(one: Tensor4D, other: Tensor4D, lambda: Tensor) {
  const share = reshape(lambda, [-1, 1, 1, 1]);
  return { image: add(mul(one, share), mul(other, sub(1, share))), share };
}

/**
 * Puts a box of the other image into the one, at the same place: its sides are √(1 - λ) of the image's, its centre is row floor(u H),
 * column floor(v W), and what lies outside the image is cut off. The share is of the area that is left.
 * @param lambda `[n, 1]`, as are u and v
 */
function cut(one: Tensor4D, other: Tensor4D, lambda: Tensor, u: Tensor, v: Tensor) {
  const [, height, width] = one.shape;
  const half = mul(sqrt(sub(1, lambda)), 0.5);
  /** Which of `length` positions are in the box, `[n, length]`, and how many. */
  const within = (place: Tensor, length: number) => {
    const [centre, reach] = [floor(mul(place, length)), floor(mul(half, length))];
    const [begin, end] = [maximum(sub(centre, reach), 0), minimum(add(centre, reach), length)];
    const positions = range(0, length);
    const inside = logicalAnd(greaterEqual(positions, begin), less(positions, end));
    return { inside, count: sub(end, begin) };
  };
  const [rows, columns] = [within(u, height), within(v, width)];
  const box = logicalAnd(expandDims(rows.inside, 2), expandDims(columns.inside, 1));
  const area = div(mul(rows.count, columns.count), height * width);
  return { image: where(expandDims(box, 3), other, one), share: sub(1, area) };
}
