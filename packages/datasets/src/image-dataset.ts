import {
  type Dataset,
  type FileSource,
  type ImageSource,
  type OpenContext,
  parseOptions,
  type Split,
  type SplitName,
  type Transform,
} from '@paperlab/core';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import type { HoldOut } from './hold-out.js';
import { cacheFolder, placesFrom } from './read-source-file.js';
import type { Checksum } from './sources.js';
import { planSplits, type SplitOptions } from './split-plan.js';
import { described, forEvaluation, type Shape, shapeAfter, sizeOrSide } from './transforms.js';

/** Options that every dataset here has. */
export interface ImageOptions extends SplitOptions {
  /** Height and width to resize images to, in pixels, before the transforms. Default: as they are. */
  readonly size?: number | readonly [height: number, width: number];
  /**
   * Random ones are for training images only. Where images are evaluated, `randomResizedCrop` and `randomShortSideCrop` are a
   * resize and a crop of the middle: from a shorter side that is 256/224 of the crop, as torchvision evaluates, or from
   * the middle of the range (Simonyan and Zisserman 2014, Section 4.1). Default: pixels to 0..1,
   * `{ name: 'scale', factor: 1 / 255, offset: 0 }`.
   */
  readonly transforms?: readonly Transform[];
  /**
   * Of images in files: `skip` decodes all of a split once when it is first used, leaves out those that are missing, cut off or no
   * images, and lists them. Default `error`: one ends the run when it is drawn.
   */
  readonly onBadImage?: 'error' | 'skip';
  /**
   * Of images in files: `true` decodes each once, when a split is first used, into a file in the cache folder,
   * `$XDG_CACHE_HOME/paperlab/datasets/NAME/decoded`; later epochs and runs read its pixels. Nothing else changes. Default `false`.
   */
  readonly cache?: boolean;
}

/** The options as fields of a schema. */
export const imageOptions = {
  size: sizeOrSide.optional(),
  transforms: z.array(z.custom<Transform>(), 'a list of transforms').optional(),
  onBadImage: z.enum(['error', 'skip'], '"error" or "skip"').optional(),
  cache: z.boolean('true or false').optional(),
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
  /** Finds and verifies all files whose checksums are known. Default: none are. */
  checksums?(context: OpenContext): Promise<VerifiedFile[]>;
}

/** A file that has one of the checksums that are known of it. */
export interface VerifiedFile {
  /** Its path. */
  readonly file: string;
  /** Where that is: `PAPERLAB_DATA`, `cache`, a package. */
  readonly place: string;
  /** The one that it has: `sha256:…` or `md5:…`. */
  readonly checksum: Checksum;
}

/** What the datasets here have beside what every dataset has. */
export interface ImageDataset extends Dataset {
  /**
   * Reads the files whose checksums are known through; downloads them if need be. Files of your own have none.
   * @throws in one line, if one is damaged or not to be had
   */
  checksums(context?: OpenContext): Promise<VerifiedFile[]>;
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
export function imageDataset(published: Published, options: ImageOptions): ImageDataset {
  const { name, classNames } = published;
  const { cache, ...given } = parseOptions(z.strictObject(imageOptions), options, name);
  const size = given.size ?? sizeOf(published.shape);
  const transforms = [
    ...resizing(published.shape, given.size),
    ...(given.transforms ?? [{ name: 'scale', factor: 1 / 255, offset: 0 } as const]),
  ];
  const imageShape = shapeAfter(published.shape, transforms, name);
  const evaluated = forEvaluation(transforms);
  checkShape(imageShape, shapeAfter(published.shape, evaluated, name), name);
  const plan = planSplits(published.parts, given, name);
  const recorded = given.transforms && { transforms: described(given.transforms) };
  return {
    name,
    config: withoutUndefined({ ...published.config, ...given, ...(size && { size }), ...recorded }),
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
        transforms: split === 'train' ? transforms : evaluated,
        digest: chosen.digest.slice(0, digestLength),
        ...(given.onBadImage && { onBadImage: given.onBadImage }),
        ...(cache &&
          chosen.source.kind === 'files' && { cache: { ...context, folder: decodedFolder(name) } }),
      };
    },
    checksums: async (context = {}) => (await published.checksums?.(context)) ?? [],
  };
}

const decodedFolder = (name: string) =>
  join(cacheFolder(name, placesFrom(process.env).cache).path, 'decoded');

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
    const files = Array.from(images, (image) => source.files[image]!);
    return source.archives
      ? { ...source, files, labels, archives: pickArchived(source.archives, images) }
      : { ...source, files, labels };
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

type Archives = NonNullable<FileSource['archives']>;

const pickArchived = ({ paths, archive, offsets, bytes }: Archives, images: Int32Array): Archives => ({
  paths,
  archive: images.map((image) => archive[image]!),
  offsets: Float64Array.from(images, (image) => offsets[image]!),
  bytes: images.map((image) => bytes[image]!),
});

const withoutUndefined = (fields: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
