import {
  type FileSource,
  lightingShift,
  mapImage,
  type MeanImage,
  type MixingTransform,
  type RandomTransform,
  type Transform,
} from '@paperlab/core';
import {
  add,
  expandDims,
  mul,
  reshape,
  scalar,
  slice,
  squeeze,
  sub,
  type Tensor,
  tensor,
  type Tensor1D,
  tensor2d,
  type Tensor2D,
  tensor3d,
  type Tensor3D,
  type Tensor4D,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { activeBackend } from './active-backend.js';
import {
  type Crop,
  cropAndFlip,
  type Cutout,
  cutout,
  type Drawn,
  flip,
  type Flip,
  type Jitter,
  type Lighting,
  type RandAugment,
  type ResizedCrop,
  type ShortSideCrop,
} from './augmentation.js';
import { jitterColors } from './color-jitter.js';
import { upright } from './exif-orientation.js';
import { castImage, centerCrop, decodeBytes, resizeBilinear } from './image-ops.js';
import { type Box, decodedPart } from './jpeg-part.js';
import { randAugment } from './rand-augment.js';
import { boxOf, resizedPart, resizedWhole } from './resized-crops.js';
import { viewsOf } from './views.js';

/** A random transform, and its place among the random ones of the split. */
interface Numbered<T> {
  readonly transform: T;
  readonly number: number;
}

/** Factors and offsets: of every channel, or one for all. */
interface Affine {
  readonly name: 'affine';
  readonly factors: readonly number[];
  readonly offsets: readonly number[];
}

/** What is one pass over the pixels: crops and mirrorings in a row, products and sums in a row, or one transform. */
type Step =
  | { readonly name: 'cropAndFlip'; readonly parts: readonly Numbered<Crop | Flip>[] }
  | Affine
  | { readonly name: 'resizedPart'; readonly part: Numbered<ResizedCrop | ShortSideCrop> }
  | { readonly name: 'augment'; readonly part: Numbered<Cutout | Jitter | Lighting | RandAugment> }
  | Exclude<Transform, RandomTransform | MixingTransform | { name: 'scale' | 'normalize' }>;

/** Of these each image takes other sizes, or its own function. */
const oneByOne: ReadonlySet<string> = new Set<Transform['name']>([
  'map',
  'randomResizedCrop',
  'randomShortSideCrop',
]);

/** The transforms of a split, in as few passes over the pixels as they take. */
export class Transforms {
  /** Whether they take many images at once. */
  readonly takeBatches: boolean;
  readonly #steps: readonly Step[];

  constructor(transforms: readonly Transform[]) {
    this.takeBatches = !transforms.some(({ name }) => oneByOne.has(name));
    this.#steps = stepsOf(transforms);
  }

  /**
   * Takes images from many, and transforms them.
   * @param images `[m, height, width, channels]`, of any dtype
   * @param which of them, int32 `[n]`; one unless the transforms take batches
   * @param draws of those `n`, for each random transform: `[n, numbers]`
   * @returns float32 `[n, …]`
   */
  apply(images: Tensor4D, which: Tensor, draws: readonly Tensor[]): Tensor4D {
    return tidy(() => {
      const [first, ...rest] = this.#steps;
      const continued = (steps: readonly Step[], batch: Tensor4D) => applyAll(steps, batch, draws);
      if (first?.name === 'cropAndFlip') {
        return continued(rest, cropAndFlip(images, which, withDraws(first.parts, draws)));
      }
      if (first?.name === 'resizedPart') {
        return continued(rest, resizedPart(images, which, withDraws([first.part], draws)[0]!));
      }
      const [taken] = activeBackend('A batch').execute('GatherV2', [images, which, scalar(0, 'int32')]);
      return continued(this.#steps, castImage(taken as Tensor4D, 'float32'));
    });
  }

  /**
   * Decodes an image file, no more of it than the transforms take, and transforms it.
   * @param bytes of a JPEG or a PNG, string scalar
   * @param draws for each random transform: `[1, numbers]`
   * @returns float32 `[1, …]`
   */
  applyToFile(bytes: Tensor, source: Pick<FileSource, 'channels'>, draws: readonly Tensor[]): Tensor4D {
    return tidy(() => {
      const [first, ...rest] = this.#steps;
      if (first?.name !== 'resizedPart' || first.part.transform.name !== 'randomResizedCrop') {
        const image = upright(decodeBytes(bytes, source), bytes);
        return this.apply(expandDims(image), zeros([1], 'int32'), draws);
      }
      const { transform, number } = first.part;
      const box: Box = (sides, drawn) => boxOf({ transform, draws: drawn }, sides);
      const part = decodedPart(bytes, source, box, draws[number]!);
      return applyAll(rest, resizedWhole(part, transform), draws);
    });
  }
}

const applyAll = (steps: readonly Step[], batch: Tensor4D, draws: readonly Tensor[]) =>
  steps.reduce((before, step) => applied(before, step, draws), batch);

function stepsOf(transforms: readonly Transform[]): Step[] {
  const steps: Step[] = [];
  let number = 0;
  for (const transform of transforms) {
    const last = steps.at(-1);
    switch (transform.name) {
      case 'randomCrop':
      case 'randomHorizontalFlip': {
        const part = { transform, number: number++ };
        // What one crop has cut off must not come back in the padding of the next.
        const joins = last?.name === 'cropAndFlip' && (transform.name !== 'randomCrop' || !crops(last.parts));
        if (joins) steps.pop();
        steps.push({ name: 'cropAndFlip', parts: joins ? [...last.parts, part] : [part] });
        break;
      }
      case 'randomResizedCrop':
      case 'randomShortSideCrop':
        steps.push({ name: 'resizedPart', part: { transform, number: number++ } });
        break;
      case 'cutout':
      case 'colorJitter':
      case 'pcaLighting':
      case 'randAugment':
        steps.push({ name: 'augment', part: { transform, number: number++ } });
        break;
      case 'scale':
        appendAffine(steps, [transform.factor], [transform.offset]);
        break;
      case 'normalize': {
        const { mean, std } = transform;
        const factors = std.map((deviation) => 1 / deviation);
        const offsets = mean.map((value, channel) => -value / std[channel]!);
        appendAffine(steps, factors, offsets);
        break;
      }
      case 'mixup':
      case 'cutmix':
        break; // of two images: the input mixes them when they are ready
      default:
        steps.push(transform);
    }
  }
  return steps;
}

const crops = (parts: readonly Numbered<Crop | Flip>[]) =>
  parts.some(({ transform }) => transform.name === 'randomCrop');

/** Appends `value * factor + offset`, or makes one of it and the step before. */
function appendAffine(steps: Step[], factors: readonly number[], offsets: readonly number[]): void {
  const last = steps.at(-1);
  const before: Affine = last?.name === 'affine' ? last : { name: 'affine', factors: [1], offsets: [0] };
  if (last === before) steps.pop();
  const channels = Math.max(factors.length, before.factors.length);
  const each = (of: (channel: number) => number) =>
    Array.from({ length: channels }, (_, channel) => of(channel));
  steps.push({
    name: 'affine',
    factors: each((channel) => at(before.factors, channel) * at(factors, channel)),
    offsets: each((channel) => at(before.offsets, channel) * at(factors, channel) + at(offsets, channel)),
  });
}

const at = (values: readonly number[], channel: number) =>
  values.length === 1 ? values[0]! : values[channel]!;

const isFlip = (drawn: Drawn<Crop | Flip>): drawn is Drawn<Flip> =>
  drawn.transform.name === 'randomHorizontalFlip';

const withDraws = <T>(parts: readonly Numbered<T>[], draws: readonly Tensor[]) =>
  parts.map(({ transform, number }) => ({ transform, draws: draws[number]! }));

function applied(batch: Tensor4D, step: Step, draws: readonly Tensor[]): Tensor4D {
  switch (step.name) {
    case 'resize':
      return resizeBilinear(batch, step.size, step);
    case 'centerCrop':
      return centerCrop(batch, step.size);
    case 'pad': {
      const both = [step.padding, step.padding];
      const paddings = tensor2d([[0, 0], both, both, [0, 0]], [4, 2], 'int32');
      return activeBackend('pad').execute('Pad', [batch, paddings])[0] as Tensor4D;
    }
    case 'affine': {
      const scaled = mul(batch, perChannel(step.factors, batch));
      return step.offsets.every((offset) => offset === 0)
        ? (scaled as Tensor4D)
        : add(scaled, perChannel(step.offsets, batch));
    }
    case 'cropAndFlip': {
      const [first, ...others] = withDraws(step.parts, draws);
      if (batch.shape[0] === 1 && others.length === 0 && isFlip(first!)) return flip(batch, first);
      return cropAndFlip(batch, numbersOf(batch), [first!, ...others]);
    }
    case 'resizedPart':
      return resizedPart(batch, scalar(0, 'int32'), withDraws([step.part], draws)[0]!);
    case 'augment':
      return augmented(batch, withDraws([step.part], draws)[0]!);
    case 'subtractMeanImage':
      return withoutMean(batch, step);
    case 'views':
      return viewsOf(batch, step);
    case 'map':
      return expandDims(mapImage(step, onlyImage(batch)));
  }
}

function augmented(
  batch: Tensor4D,
  { transform, draws }: Drawn<Cutout | Jitter | Lighting | RandAugment>,
): Tensor4D {
  switch (transform.name) {
    case 'cutout':
      return cutout(batch, { transform, draws });
    case 'colorJitter':
      return jitterColors(batch, { transform, draws });
    case 'pcaLighting':
      return add(batch, reshape(lightingShift(transform, draws as Tensor2D), [-1, 1, 1, 3]));
    case 'randAugment':
      return randAugment(batch, { transform, draws });
  }
}

function withoutMean(batch: Tensor4D, { shape, values }: MeanImage): Tensor4D {
  const image = batch.shape.slice(1);
  if (image.every((length, i) => length < 0 || length === shape[i])) {
    return sub(batch, tensor3d([...values], [...shape]));
  }
  throw new Error(`subtractMeanImage of ${shape.join(' x ')} does not fit an image of ${image.join(' x ')}.`);
}

/**
 * Values for every channel of images. For whole rows, if their length is known: TensorFlow repeats long vectors several
 * times as fast as those of three.
 */
function perChannel(values: readonly number[], images: Tensor4D): Tensor {
  if (values.every((value) => value === values[0])) return scalar(values[0]!);
  const width = Math.max(images.shape[2], 1);
  return tensor(
    Array.from({ length: width }, () => [...values]),
    [width, values.length],
  );
}

/** From 0 up to the number of images, int32. */
const numbersOf = (batch: Tensor4D) =>
  activeBackend('A batch').execute('Range', [scalar(0, 'int32'), sizeOf(batch), scalar(1, 'int32')])[0]!;

/** Number of images, int32 scalar. */
function sizeOf(batch: Tensor4D): Tensor {
  if (batch.shape[0] >= 0) return scalar(batch.shape[0], 'int32');
  return squeeze(slice(activeBackend('A batch').execute('Shape', [batch])[0] as Tensor1D, 0, 1));
}

/** The image of a batch of one. */
export const onlyImage = (batch: Tensor4D) =>
  activeBackend('An image').execute('Squeeze', [batch], { squeeze_dims: [0] })[0] as Tensor3D;
