import {
  add,
  addN,
  cast,
  clipByValue,
  equal,
  eye,
  floor,
  gather,
  matMul,
  mean,
  mul,
  ones,
  reshape,
  slice,
  sub,
  type Tensor,
  type Tensor1D,
  tensor2d,
  type Tensor2D,
  type Tensor3D,
  tidy,
} from '@tensorflow/tfjs-core';
import type { JitterRange, RandomTransform } from './dataset.js';

type ColorJitter = Extract<RandomTransform, { name: 'colorJitter' }>;

/** In the order of the columns that hold what is drawn for each. */
const adjustments = ['brightness', 'contrast', 'saturation', 'hue'] as const;
type Adjustment = (typeof adjustments)[number];

/** The column of the order. */
const ORDER = 4;

/** How much of red, green and blue is in grey, as torchvision has it (ITU-R BT.601). */
const grey = [0.2989, 0.587, 0.114];

/**
 * Turns the hue of some images.
 * @param images RGB, 0 to 1, float32 `[n, pixels, 3]`
 * @param turns parts of the circle, `[n, 1]`
 * @param chosen which of the images, bool `[n]`; the others stay as they are
 */
export type AdjustHue = (images: Tensor3D, turns: Tensor2D, chosen: Tensor1D) => Tensor3D;

/**
 * Applies `colorJitter` in tfjs ops, the hue by a function of the engine's.
 * @param images 0 to 1, float32 `[n, pixels, channels]`, with 1 or 3 channels
 * @param draws `[n, 8]`, as `randomDraws` explains them
 */
export function colorJittered(
  images: Tensor3D,
  transform: ColorJitter,
  draws: Tensor2D,
  adjustHue: AdjustHue,
): Tensor3D {
  return tidy(() => {
    const given = adjustments.filter((name) => changes(transform, name, images.shape[2]));
    const order = ordered(given, draws);
    const values = new Map(
      given.map((name) => {
        const [least, most] = rangeOf(transform[name]!, name);
        const uniform = slice(draws, [0, adjustments.indexOf(name)], [-1, 1]);
        return [name, add(mul(uniform, most - least), least) as Tensor2D];
      }),
    );
    return given.reduce((before, _, place) => {
      const now = slice(order, [0, place], [-1, 1]);
      const turns = new Map(given.map((name, i) => [name, equal(now, i) as Tensor2D]));
      const mixed = mix(before, values, turns);
      const hue = values.get('hue');
      return hue ? adjustHue(mixed, hue, reshape(turns.get('hue')!, [-1])) : mixed;
    }, images);
  });
}

function changes(transform: ColorJitter, name: Adjustment, channels: number): boolean {
  if (transform[name] === undefined) return false;
  return channels === 3 || name === 'brightness' || name === 'contrast';
}

/** The range of factors, or of turns, that an option stands for. */
function rangeOf(option: JitterRange, name: Adjustment): readonly [least: number, most: number] {
  if (typeof option !== 'number') return option;
  return name === 'hue' ? [-option, option] : [Math.max(0, 1 - option), 1 + option];
}

/** What is done first, second, and so on to every image, as indices into `given`, int32 `[n, given.length]`. */
function ordered(given: readonly Adjustment[], draws: Tensor2D): Tensor2D {
  const orders = permutations(adjustments).map((order) =>
    order.filter((name) => given.includes(name)).map((name) => given.indexOf(name)),
  );
  const drawn = floor(mul(slice(draws, [0, ORDER], [-1, 1]), orders.length));
  const table = tensor2d(orders.flat(), [orders.length, given.length], 'int32');
  return gather(table, cast(reshape(drawn, [-1]), 'int32') as Tensor1D);
}

/** In lexicographic order. */
function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((first, i) => permutations(items.toSpliced(i, 1)).map((rest) => [first, ...rest]));
}

/**
 * Brightness, contrast and saturation mix an image with black, with its mean grey, and with its own grey. So each is a
 * product of its colours with a matrix, plus a constant: all images are mixed at once, each as it is its turn.
 */
function mix(
  images: Tensor3D,
  factors: ReadonlyMap<Adjustment, Tensor2D>,
  turns: ReadonlyMap<Adjustment, Tensor2D>,
): Tensor3D {
  const names = [...factors.keys()].filter((name) => name !== 'hue');
  if (names.length === 0) return images;
  const channels = images.shape[2];
  const weights = tensor2d(channels === 3 ? grey : [1], [channels, 1]);
  const perImage = (numbers: Tensor) => reshape(numbers, [-1, 1, 1]);
  /** What an adjustment takes away from the image's own part where it is its turn. */
  const share = (name: Adjustment) => mul(sub(1, factors.get(name)!), cast(turns.get(name)!, 'float32'));
  const own = sub(1, addN(names.map(share)));
  let matrices = mul(perImage(own), eye(channels));
  if (factors.has('saturation')) {
    const toGrey = mul(weights, ones([1, channels]));
    matrices = add(matrices, mul(perImage(share('saturation')), toGrey));
  }
  let mixed = matMul(images, matrices);
  if (factors.has('contrast')) {
    const greys = matMul(mean(images, 1) as Tensor2D, weights);
    mixed = add(mixed, perImage(mul(share('contrast'), greys)));
  }
  return clipByValue(mixed, 0, 1) as Tensor3D;
}
