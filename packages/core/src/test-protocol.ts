import { z } from 'zod';
import type { View } from './dataset.js';
import { wholeNumber } from './model-options.js';
import { parseOptions } from './options.js';

/** How a paper tests a network: what of each image it is shown. Softmax outputs are averaged over all of it. */
export type TestProtocol = CropProtocol | DenseProtocol;

interface Protocol {
  /** `ten-crop` */
  readonly name: string;
  /** The options that it was made with, as plain data. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** Parts of the source images, taken in place of the dataset's own `resize` and `centerCrop`; its other transforms follow. */
export interface CropProtocol extends Protocol {
  readonly views: readonly View[];
  /** Of each part. */
  readonly size: readonly [height: number, width: number];
  /** Whether images are resized with antialiasing. */
  readonly antialias: boolean;
}

/** Whole images of several sizes and their mirror images, to the network applied convolutionally. */
export interface DenseProtocol extends Protocol {
  /** Of the images, after they were resized in place of the dataset's own `resize` and `centerCrop`. */
  readonly shortSides: readonly number[];
  /** Whether images are resized with antialiasing. */
  readonly antialias: boolean;
}

export interface CropOptions {
  /** Of the image's shorter side, before it is cut. */
  readonly shortSide?: number;
  /** Height and width of a part. Default 224. */
  readonly size?: number;
  /** Default false, as bilinear resizing was in the papers' time; torchvision's default is true. */
  readonly antialias?: boolean;
}

export interface ScalesOptions extends Omit<CropOptions, 'shortSide'> {
  /** The shorter sides, one after the other. */
  readonly shortSides?: readonly number[];
}

const common = { size: wholeNumber(1).default(224), antialias: z.boolean('true or false').default(false) };
const cropSchema = z.strictObject({ ...common, shortSide: wholeNumber(1).default(256) });
const scalesSchema = z.strictObject({
  ...common,
  shortSides: z.array(wholeNumber(1), 'a list of whole numbers').min(1, 'a list of whole numbers').optional(),
});

const MIDDLE = [0.5, 0.5] as const;
const CORNERS = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
] as const;

const denseSchema = z.strictObject({
  antialias: common.antialias,
  shortSides: z
    .array(wholeNumber(1), 'a list of whole numbers')
    .min(1, 'a list of whole numbers')
    .default([256]),
});

/** The part in the middle alone: the single crop that most results are given for. Default: 224 out of a short side of 256. */
export function centerCropTest(options: CropOptions = {}): CropProtocol {
  const { shortSide, ...others } = parseOptions(cropSchema, options, 'centerCropTest');
  return protocol('center-crop', [{ shortSide, at: MIDDLE }], [shortSide], others, { shortSide });
}

/**
 * The four corners, the middle, and their mirror images (Krizhevsky et al. 2012, Section 4.1; He et al. 2015, Section 4.1).
 * Default: 224 out of a short side of 256.
 */
export function tenCrop(options: CropOptions = {}): CropProtocol {
  const { shortSide, ...others } = parseOptions(cropSchema, options, 'tenCrop');
  const views = withMirrored([...CORNERS, MIDDLE].map((at) => ({ shortSide, at })));
  return protocol('ten-crop', views, [shortSide], others, { shortSide });
}

/**
 * A grid of 5 by 5 parts and their mirror images at each of several sizes: VGG's multi-crop evaluation (Simonyan and Zisserman 2014,
 * Section 3.2), 150 parts at short sides of 256, 384 and 512.
 */
export function multiCrop(options: ScalesOptions = {}): CropProtocol {
  const { shortSides = [256, 384, 512], ...others } = parseOptions(scalesSchema, options, 'multiCrop');
  const steps = [0, 0.25, 0.5, 0.75, 1];
  const grid = steps.flatMap((row) => steps.map((column) => [row, column] as const));
  const views = shortSides.flatMap((shortSide) => withMirrored(grid.map((at) => ({ shortSide, at }))));
  return protocol('multi-crop', views, shortSides, others, { shortSides });
}

/**
 * GoogLeNet's 144 crops (Szegedy et al. 2014, Section 7): at short sides of 256, 288, 320 and 352, the left, middle and right square,
 * or top, middle and bottom; of each its four corners, its middle and all of it resized, and their mirror images.
 */
export function squareCrops(options: ScalesOptions = {}): CropProtocol {
  const { shortSides = [256, 288, 320, 352], ...others } = parseOptions(scalesSchema, options, 'squareCrops');
  const views = shortSides.flatMap((shortSide) =>
    [0, 0.5, 1].flatMap((square) => {
      const parts = [...CORNERS, MIDDLE].map((at): View => ({ shortSide, square, at }));
      return withMirrored([...parts, { shortSide, square }]);
    }),
  );
  return protocol('square-crops', views, shortSides, others, { shortSides });
}

/**
 * Dense evaluation: the network is applied convolutionally to the whole image, the map of logits is averaged, and so are the softmax
 * outputs of the image, its mirror image, and all sizes. VGG's (Simonyan and Zisserman 2014, Section 3.2), by default at a short side
 * of 256; ResNet's best results are at 224, 256, 384, 480 and 640 (He et al. 2015, Section 3.4).
 */
export function denseTest(options: Omit<ScalesOptions, 'size'> = {}): DenseProtocol {
  const { shortSides, antialias } = parseOptions(denseSchema, options, 'denseTest');
  return { name: 'dense', config: { shortSides, antialias }, shortSides, antialias };
}

const withMirrored = (views: readonly View[]): View[] => [
  ...views,
  ...views.map((view) => ({ ...view, mirrored: true })),
];

function protocol(
  name: string,
  views: readonly View[],
  shortSides: readonly number[],
  { size, antialias }: { readonly size: number; readonly antialias: boolean },
  config: Readonly<Record<string, unknown>>,
): CropProtocol {
  const small = shortSides.find((side) => side < size);
  if (small !== undefined)
    throw new Error(`${name}: parts of ${size} pixels do not fit into a short side of ${small}`);
  return { name, config: { ...config, size, antialias }, views, size: [size, size], antialias };
}
