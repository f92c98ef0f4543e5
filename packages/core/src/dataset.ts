import type { Tensor3D } from '@tensorflow/tfjs-core';

/**
 * Images with class labels. A dataset *describes* where its images are and what is done to them; an engine
 * executes that description (with TensorFlow's input pipeline ops, or with plain tfjs ops).
 */
export interface Dataset {
  /** Short name, as on the command line: `mnist`. */
  readonly name: string;
  /** The options that it was made with, as plain data: what trackers record of it. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Class names; the label of an image is an index into them. */
  readonly classNames: readonly string[];
  /** Image after the transforms, `[height, width, channels]`. */
  readonly imageShape: readonly [height: number, width: number, channels: number];
  /** Finds (downloads, verifies) the images of a split. Rejects, in one line, with what to do when it cannot. */
  open(split: SplitName, context?: OpenContext): Promise<Split>;
}

export type SplitName = 'train' | 'valid' | 'test';

/** What a dataset is given while it fetches. */
export interface OpenContext {
  /** Shows one line to the person who waits: `downloading train-images-idx3-ubyte.gz (9.9 MB)`. Default: silent. */
  readonly report?: (line: string) => void;
  /** Aborts a download. */
  readonly signal?: AbortSignal;
}

/** Opened images: the source, and the transforms that turn one source image into one model input. */
export interface Split {
  /** Number of images. */
  readonly size: number;
  readonly source: ImageSource;
  /** Applied in order to every image. */
  readonly transforms: readonly Transform[];
  /**
   * What becomes of files that are missing, cut off or no images: `error` ends the run when one is drawn; `skip` decodes all once
   * before the first epoch, and leaves them out. Default `error`.
   */
  readonly onBadImage?: 'error' | 'skip';
  /**
   * Where the pixels of images in files are to be kept, so that each is decoded once and not in every epoch and run. The
   * engine makes and reads what is in the folder. Default: nowhere.
   */
  readonly cache?: DecodedCache;
  /** Identifies the content, at most 36 characters (MLflow's limit): the start of a sha256. */
  readonly digest: string;
}

/** A place for decoded images, and who is told of it and can end it: what the split was opened with. */
export interface DecodedCache extends OpenContext {
  /** Its path. It is made if it is not there. */
  readonly folder: string;
}

/** All images of a split in memory, as one byte array. */
export interface ArraySource {
  readonly kind: 'arrays';
  /** Pixels 0..255, `[size, height, width, channels]`, row-major. */
  readonly images: Uint8Array;
  /** `[height, width, channels]` of every image. */
  readonly shape: readonly [height: number, width: number, channels: number];
  /** Class index of every image, `[size]`. */
  readonly labels: Int32Array;
}

/** Images in files, decoded when they are drawn. */
export interface FileSource {
  readonly kind: 'files';
  /** Paths of JPEG or PNG files, `[size]`; of those in archives, names for messages: `train.tar/cat/1.jpg`. */
  readonly files: readonly string[];
  /** Of the decoded images: 1 (grey) or 3 (RGB). */
  readonly channels: 1 | 3;
  /** Class index of every image, `[size]`. */
  readonly labels: Int32Array;
  /** Where the files are parts of archives that are not compressed, such as tar: which bytes of which archive. */
  readonly archives?: {
    readonly paths: readonly string[];
    /** Index into `paths` of every image, `[size]`. */
    readonly archive: Int32Array;
    /** Of every image's first byte in its archive, `[size]`. */
    readonly offsets: Float64Array;
    /** Length of every image, `[size]`. */
    readonly bytes: Int32Array;
  };
}

export type ImageSource = ArraySource | FileSource;

/**
 * One named step from source image to model input. Each is plain data, so that an engine can run it as graph
 * ops, a tracker can log it, and a checkpoint can compare it.
 */
export type Transform =
  /**
   * Bilinear resize with half-pixel centres, as `torchvision.transforms.Resize` on a tensor. One number is the size of
   * the shorter side, the other keeps the aspect ratio. `antialias` (default false) matters when shrinking.
   */
  | {
      readonly name: 'resize';
      readonly size: number | readonly [height: number, width: number];
      readonly antialias?: boolean;
    }
  /** The middle of the image, as `torchvision.transforms.CenterCrop`; the image must be at least as large. */
  | { readonly name: 'centerCrop'; readonly size: readonly [height: number, width: number] }
  /** `padding` pixels of 0 on every side, as `torchvision.transforms.Pad`. */
  | { readonly name: 'pad'; readonly padding: number }
  /** `pixel * factor + offset`; `{ factor: 1 / 255, offset: 0 }` is torchvision's `ToTensor`. */
  | { readonly name: 'scale'; readonly factor: number; readonly offset: number }
  /** `(value - mean) / std`, one of each per channel, as `torchvision.transforms.Normalize`. */
  | { readonly name: 'normalize'; readonly mean: readonly number[]; readonly std: readonly number[] }
  /**
   * Takes an image away from every image, pixel by pixel: the mean of the training images (Krizhevsky et al. 2012,
   * Section 2; He et al. 2015, Section 3.4), which `meanImage` of @paperlab/datasets computes.
   */
  | ({ readonly name: 'subtractMeanImage' } & MeanImage)
  /**
   * Several parts of the image, each of `size`, one below the other: `[views * height, width, channels]`. What a test protocol
   * shows a network. `antialias`: default false.
   */
  | {
      readonly name: 'views';
      readonly views: readonly View[];
      readonly size: readonly [height: number, width: number];
      readonly antialias?: boolean;
    }
  /**
   * Any tfjs ops, on one image `[height, width, channels]`, float32. A pure function: an engine may trace it once, and
   * it sees no other state. `label` says in trackers and errors what it does.
   */
  | { readonly name: 'map'; readonly label: string; readonly fn: (image: Tensor3D) => Tensor3D }
  | RandomTransform
  | MixingTransform;

/** A part of an image. */
export interface View {
  /** Pixels of the image's shorter side, to which it is resized first, bilinearly. */
  readonly shortSide: number;
  /** Where a square of that side is taken out of it, along the longer one: 0 at its beginning, 1 at its end. Absent: none is. */
  readonly square?: number;
  /**
   * Where in the square, or in the whole image, the part lies: rows and columns from 0, at the top and at the left, to 1.
   * Absent: it is all of the square, resized.
   */
  readonly at?: readonly [row: number, column: number];
  /** Whether it is mirrored, left and right. Default false. */
  readonly mirrored?: boolean;
}

/**
 * Transforms of training images, in place of more images. What each draws is a function of the seed, the epoch and the
 * image's number in the split: batch size, shards, parallelism and what was drawn before do not change it.
 */
export type RandomTransform =
  /** Mirrors left and right with probability `p` (default 0.5), as `torchvision.transforms.RandomHorizontalFlip`. */
  | { readonly name: 'randomHorizontalFlip'; readonly p?: number }
  /**
   * A part of that size, from anywhere in the image after `padding` pixels of 0 (default: none) were put around it, as
   * `torchvision.transforms.RandomCrop`.
   */
  | {
      readonly name: 'randomCrop';
      readonly size: readonly [height: number, width: number];
      readonly padding?: number;
    }
  /**
   * Sets a square to 0, `size` pixels wide, centred on any pixel; what lies outside the image is cut off (DeVries and
   * Taylor 2017, arXiv:1708.04552). After `normalize`, 0 is the mean.
   */
  | { readonly name: 'cutout'; readonly size: number }
  /**
   * A part of the image, drawn by its share of the area and its aspect ratio, resized bilinearly to `size`, as
   * `torchvision.transforms.RandomResizedCrop`. The defaults are GoogLeNet's (Szegedy et al. 2014, Section 6): `scale`, the
   * share, from 8 to 100 %; `ratio`, width by height, from 3/4 to 4/3, even in its logarithm. `antialias`: default false.
   */
  | {
      readonly name: 'randomResizedCrop';
      readonly size: readonly [height: number, width: number];
      readonly scale?: readonly [least: number, most: number];
      readonly ratio?: readonly [least: number, most: number];
      readonly antialias?: boolean;
    }
  /**
   * Scale jitter: resizes bilinearly, so that the shorter side has a whole number of pixels drawn from the range
   * `shortSide`, both ends included, then takes a part of that size from anywhere. VGG: 256 to 512 (Simonyan and Zisserman
   * 2014, Section 3.1); ResNet: 256 to 480 (He et al. 2015, Section 3.4). `antialias`: default false.
   */
  | {
      readonly name: 'randomShortSideCrop';
      readonly shortSide: readonly [least: number, most: number];
      readonly size: readonly [height: number, width: number];
      readonly antialias?: boolean;
    }
  /**
   * Changes brightness, contrast, saturation and hue, one after the other in an order that is drawn too, as
   * `torchvision.transforms.ColorJitter` on pixels from 0 to 1: after `scale` by 1/255, before `normalize`. Factors are
   * drawn from a range, 1 changes nothing; one number `x` is short for [max(0, 1 - x), 1 + x]. The hue moves by a part of
   * its circle from a range within [-0.5, 0.5]; `x` is short for [-x, x]. What is not given does not change; grey images
   * have no saturation and no hue. The photometric distortions of Howard (2013, arXiv:1312.5402), which GoogLeNet was
   * trained with, are brightness, contrast and saturation of 0.5, then `pcaLighting`.
   */
  | {
      readonly name: 'colorJitter';
      readonly brightness?: JitterRange;
      readonly contrast?: JitterRange;
      readonly saturation?: JitterRange;
      readonly hue?: JitterRange;
    }
  /**
   * Adds one colour to all pixels of an image: the principal components of the training images' colours, each times its
   * eigenvalue and a normal number of deviation `std`, default 0.1 (Krizhevsky et al. 2012, Section 4.1). Eigenvalues are
   * of pixels as they are here, such as 0 to 1 after `scale`; `colorStatistics` of @paperlab/datasets computes them.
   */
  | {
      readonly name: 'pcaLighting';
      /** Of the covariance of red, green and blue. */
      readonly eigenvalues: readonly number[];
      /** The unit vector of each eigenvalue. */
      readonly eigenvectors: readonly (readonly number[])[];
      readonly std?: number;
    }
  /**
   * `numOps` ops (default 2), each drawn from fourteen, all as strong as `magnitude` (default 9) of `numMagnitudeBins`
   * (default 31) says, geometric and blending ones to either side: RandAugment (Cubuk et al. 2019, arXiv:1909.13719) with the
   * ops, ranges and defaults of `torchvision.transforms.RandAugment` on bytes. So it stands before `scale` and `normalize`,
   * where pixels are from 0 to 255: it rounds them to whole numbers, and gives whole numbers. Pixels from outside the image
   * are `fill`: one number or one for each channel, from 0 to 255, default 0. Interpolation is to the nearest pixel.
   */
  | {
      readonly name: 'randAugment';
      readonly numOps?: number;
      readonly magnitude?: number;
      readonly numMagnitudeBins?: number;
      readonly fill?: number | readonly number[];
    };

/**
 * Makes an image of two, for training. It is the last transform: the other image is the next one of the epoch's order, behind the
 * last one the first, as its own transforms leave it. So what is mixed, and how, is a function of (seed, epoch, image). The
 * loss is shared between both labels: see `Batch.mix`.
 */
export type MixingTransform =
  /**
   * `λ image + (1 - λ) other`, λ drawn from Beta(alpha, alpha) for each image (Zhang et al. 2018, "mixup", arXiv:1710.09412), as
   * `torchvision.transforms.v2.MixUp`.
   */
  | { readonly name: 'mixup'; readonly alpha: number }
  /**
   * A box of the other image, 1 - λ of its area less what lies outside, in its place in the image (Yun et al. 2019, "CutMix",
   * arXiv:1905.04899), as `torchvision.transforms.v2.CutMix`.
   */
  | { readonly name: 'cutmix'; readonly alpha: number };

/** From the least to the most, or one number for a range around that which changes nothing. */
export type JitterRange = number | readonly [least: number, most: number];

/** An image in numbers, as JSON can hold it. */
export interface MeanImage {
  readonly shape: readonly [height: number, width: number, channels: number];
  /** Row by row, the channels of a pixel side by side. */
  readonly values: readonly number[];
}
