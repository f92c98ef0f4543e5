import {
  type Dataset,
  type ImageSource,
  isRandomTransform,
  type OpenContext,
  parseOptions,
  type Split,
  type SplitName,
  type Transform,
} from '@paperlab/core';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { HoldOut } from './hold-out.js';
import { planSplits, type SplitOptions } from './split-plan.js';
import { described, type Shape, shapeAfter, sizeOrSide } from './transforms.js';

/** Options that every dataset here has. */
export interface ImageOptions extends SplitOptions {
  /** Height and width to resize images to, in pixels, before the transforms. Default: as they are. */
  readonly size?: number | readonly [height: number, width: number];
  /** Random ones are for training images only. Default: pixels to 0..1, `{ name: 'scale', factor: 1 / 255, offset: 0 }`. */
  readonly transforms?: readonly Transform[];
}

/** The options as fields of a schema. */
export const imageOptions = {
  size: sizeOrSide.optional(),
  transforms: z.array(z.custom<Transform>(), 'a list of transforms').optional(),
  train: z.string('a slice, such as "train[:90%]"').optional(),
  valid: z
    .custom<string | HoldOut>(
      (value) => typeof value === 'string' || (typeof value === 'object' && value !== null),
      'a slice, such as "train[90%:]", or { fraction, seed, stratified }',
    )
    .optional(),
  test: z.string('a slice, such as "test"').optional(),
};

/** A dataset as it was published. */
export interface Published {
  readonly name: string;
  readonly classNames: readonly string[];
  /** Of every image. */
  readonly shape: Shape;
  /** Names of its parts: `train`, `test`. */
  readonly parts: readonly string[];
  /** Options of its own, for trackers. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Finds and verifies a part. */
  read(part: string, context: OpenContext): Promise<PublishedPart>;
}

export interface PublishedPart {
  readonly source: ImageSource;
  /** Identifies the content, hexadecimal. */
  readonly digest: string;
}

/** MLflow's limit for a dataset's digest. */
const digestLength = 36;
const splits: readonly SplitName[] = ['train', 'valid', 'test'];

/**
 * Makes a dataset of what was published: splits and transforms as the options say.
 * @throws if an option is unknown or not allowed
 */
export function imageDataset(published: Published, options: ImageOptions): Dataset {
  const { name, classNames } = published;
  const given = parseOptions(z.strictObject(imageOptions), options, name);
  const size = given.size ?? sizeOf(published.shape);
  const transforms = [
    ...resizing(published.shape, given.size),
    ...(given.transforms ?? [{ name: 'scale', factor: 1 / 255, offset: 0 } as const]),
  ];
  const imageShape = shapeAfter(published.shape, transforms, name);
  const forEvaluation = transforms.filter((transform) => !isRandomTransform(transform));
  checkShape(imageShape, shapeAfter(published.shape, forEvaluation, name), name);
  const plan = planSplits(published.parts, given, name);
  const recorded = given.transforms && { transforms: described(given.transforms) };
  return {
    name,
    config: withoutUndefined({ ...published.config, ...given, size, ...recorded }),
    classNames,
    imageShape,
    async open(split: SplitName, context: OpenContext = {}): Promise<Split> {
      if (!splits.includes(split)) {
        throw new Error(`${name} has no split "${split}"; it has ${splits.join(', ')}`);
      }
      const part = await published.read(plan.partOf(split), context);
      const chosen = choose(part, plan.imagesOf(split, part.source.labels));
      return {
        size: chosen.source.labels.length,
        source: chosen.source,
        transforms: split === 'train' ? transforms : forEvaluation,
        digest: chosen.digest.slice(0, digestLength),
      };
    },
  };
}

/** One number where height and width are the same; undefined where they differ from image to image. */
function sizeOf([height, width]: Shape) {
  if (height < 0) return undefined;
  return height === width ? height : [height, width];
}

function resizing([height, width]: Shape, size: ImageOptions['size']): Transform[] {
  if (size === undefined) return [];
  const [newHeight, newWidth] = typeof size === 'number' ? [size, size] : size;
  return newHeight === height && newWidth === width ? [] : [{ name: 'resize', size: [newHeight, newWidth] }];
}

function checkShape(train: Shape, evaluation: Shape, owner: string): void {
  if (train.some((length) => length < 0)) {
    throw new Error(
      `the images of ${owner} have a size of their own each; say which they get, such as { size: 32 }`,
    );
  }
  if (train.join() === evaluation.join()) return;
  throw new Error(
    `the transforms of ${owner} make images of ${train.join('×')} for training and of ${evaluation.join('×')} for ` +
      'evaluation, where random ones are left out; add one that settles the size, such as centerCrop',
  );
}

/** Some images of a part. A whole part stays as it is, and neighbours share its memory. */
function choose({ source, digest }: PublishedPart, images: Int32Array): PublishedPart {
  if (images.length === source.labels.length) return { source, digest };
  const chosen = createHash('sha256').update(digest).update(images).digest('hex');
  return { source: pick(source, images), digest: chosen };
}

function pick(source: ImageSource, images: Int32Array): ImageSource {
  const labels = images.map((image) => source.labels[image]!);
  if (source.kind === 'files') {
    return { ...source, files: Array.from(images, (image) => source.files[image]!), labels };
  }
  const bytes = source.shape.reduce((product, length) => product * length, 1);
  const pixels = (first: number, count: number) =>
    source.images.subarray(first * bytes, (first + count) * bytes);
  const [first, last] = [images[0]!, images.at(-1)!];
  if (last - first + 1 === images.length) return { ...source, images: pixels(first, images.length), labels };
  const picked = new Uint8Array(images.length * bytes);
  images.forEach((image, i) => picked.set(pixels(image, 1), i * bytes));
  return { ...source, images: picked, labels };
}

const withoutUndefined = (fields: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
