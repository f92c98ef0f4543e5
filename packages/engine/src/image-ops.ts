import {
  cast,
  concat,
  div,
  expandDims,
  floorDiv,
  min,
  mul,
  round,
  scalar,
  slice,
  split,
  sub,
  type Tensor,
  type Tensor1D,
  tensor1d,
  type Tensor3D,
  type Tensor4D,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { activeBackend } from './active-backend.js';

// Images from files, by TensorFlow's own ops. These functions work on tensors with values, in compiled functions, and
// in the functions of datasets, where an image may have a height and width of -1: unknown until it is decoded.

export interface DecodeOptions {
  /** 1: grey, 3: RGB. Default 0: as in the file. */
  readonly channels?: 0 | 1 | 3;
}

export interface DecodeJpegOptions extends DecodeOptions {
  /** Divides height and width while decoding, which costs less than decoding all of it. Default 1. */
  readonly ratio?: 1 | 2 | 4 | 8;
}

export interface DecodePngOptions {
  /** 1: grey, 3: RGB, 4: RGB and alpha. Default 0: as in the file. */
  readonly channels?: 0 | 1 | 3 | 4;
}

export interface ResizeOptions {
  /** Averages all pixels that a new one covers, when shrinking. Default false. */
  readonly antialias?: boolean;
}

/** Height and width in pixels. */
export type ImageSize = readonly [height: number, width: number];

/** The bytes of a file, as a string scalar. Throws, naming the file, when it cannot be read. */
export function readFile(path: Tensor | string): Tensor {
  return tidy(() => {
    const name = typeof path === 'string' ? scalar(path, 'string') : path;
    return activeBackend('readFile').execute('ReadFile', [name])[0]!;
  });
}

/**
 * Decodes a JPEG with libjpeg's accurate integer transform, as PIL and torchvision do. EXIF's orientation is ignored.
 * @param bytes string scalar
 * @returns int32 `[height, width, channels]`, 0..255
 */
export function decodeJpeg(bytes: Tensor, options: DecodeJpegOptions = {}): Tensor3D {
  return tidy(() => castImage(decodeBytes(bytes, options), 'int32'));
}

/**
 * Decodes a PNG. Of 16 bits a channel 8 are kept.
 * @param bytes string scalar
 * @returns int32 `[height, width, channels]`, 0..255
 */
export function decodePng(bytes: Tensor, { channels = 0 }: DecodePngOptions = {}): Tensor3D {
  return tidy(() => {
    const [image] = activeBackend('decodePng').execute('DecodePng', [bytes], { channels, dtype: 'uint8' });
    return castImage(image as Tensor3D, 'int32');
  });
}

/**
 * Decodes a JPEG or a PNG, whichever the bytes are, as `decodeJpeg` and `decodePng` do.
 * @param bytes string scalar
 * @returns int32 `[height, width, channels]`, 0..255
 */
export function decodeImage(bytes: Tensor, options: DecodeOptions = {}): Tensor3D {
  return tidy(() => castImage(decodeBytes(bytes, options), 'int32'));
}

/**
 * Decodes a JPEG or a PNG, and leaves its pixels bytes: a tensor that TensorFlow's ops alone can take, for tfjs has no
 * such dtype. TensorFlow's DecodeJpeg takes both formats; its DecodeImage has no choice of transform.
 */
export function decodeBytes(bytes: Tensor, { channels = 0, ratio = 1 }: DecodeJpegOptions = {}): Tensor3D {
  const attributes = { channels, ratio, dct_method: 'INTEGER_ACCURATE' };
  return activeBackend('Decoding an image').execute('DecodeJpeg', [bytes], attributes)[0] as Tensor3D;
}

/** Casts images from any of TensorFlow's dtypes. */
export function castImage<T extends Tensor>(image: T, dtype: 'int32' | 'float32'): T {
  const backend = activeBackend('Casting an image');
  return backend.execute('Cast', [image], { DstT: dtype })[0] as T;
}

/**
 * Resizes bilinearly with half-pixel centres, as `torchvision.transforms.Resize` on a tensor and Python's
 * `tf.image.resize`.
 * @param image `[height, width, channels]` or `[batch, height, width, channels]`
 * @param size one number: the shorter side; the other keeps the aspect ratio, rounded down
 * @returns float32
 */
export function resizeBilinear<T extends Tensor3D | Tensor4D>(
  image: T,
  size: number | ImageSize,
  { antialias = false }: ResizeOptions = {},
): T {
  return tidy(() => {
    const backend = activeBackend('resizeBilinear');
    const sides = heightAndWidth(image);
    const target =
      typeof size === 'number'
        ? floorDiv(mul(sides, scalar(size, 'int32')), min(sides))
        : tensor1d([...size], 'int32');
    const batch = (image.rank === 3 ? expandDims(image) : image) as Tensor4D;
    const [resized] = antialias
      ? [resizedAntialiased(batch, sides, target as Tensor1D)]
      : backend.execute('ResizeBilinear', [batch, target], { half_pixel_centers: true });
    if (image.rank === 4) return resized as T;
    return backend.execute('Squeeze', [resized!], { squeeze_dims: [0] })[0] as T;
  });
}

/**
 * Averages by a triangle over all pixels that a new one covers: the rows, then the columns as rows of the image turned over.
 * ScaleAndTranslate adds whole rows at once, but of columns one pixel's channels at a time, and takes 1.7 times as long for both.
 */
function resizedAntialiased(image: Tensor4D, sides: Tensor1D, target: Tensor1D): Tensor4D {
  const backend = activeBackend('resizeBilinear');
  const one = tensor1d([1], 'int32');
  const [height, width] = split(sides, 2) as [Tensor1D, Tensor1D];
  const [rows, columns] = split(target as Tensor1D, 2) as [Tensor1D, Tensor1D];
  const batch = tensor1d([-1], 'int32');
  const channels = slice(backend.execute('Shape', [image])[0] as Tensor1D, 3, 1);
  const reshaped = (given: Tensor, ...lengths: Tensor1D[]) =>
    backend.execute('Reshape', [given, concat([batch, ...lengths])])[0]!;
  const resizedRows = (given: Tensor, before: Tensor1D, after: Tensor1D, across: Tensor1D) => {
    const factors = concat([div(cast(after, 'float32'), cast(before, 'float32')), tensor1d([1])]);
    const inputs = [reshaped(given, before, one, mul(across, channels)), concat([after, one]), factors];
    const attributes = { kernel_type: 'triangle' };
    return backend.execute('ScaleAndTranslate', [...inputs, zeros([2])], attributes)[0]!;
  };
  const turned = (given: Tensor) =>
    backend.execute('Transpose', [given, tensor1d([0, 2, 1, 3], 'int32')])[0] as Tensor4D;
  const shortened = reshaped(resizedRows(image, height, rows, width), rows, width, channels);
  const narrowed = resizedRows(turned(shortened), width, columns, rows);
  return turned(reshaped(narrowed, columns, rows, channels));
}

/**
 * A part of an image.
 * @param image `[height, width, channels]` or `[batch, height, width, channels]`, of any dtype
 * @param offset of the part's top left corner: numbers, or int32 `[2]`
 */
export function crop<T extends Tensor3D | Tensor4D>(
  image: T,
  offset: Tensor1D | readonly [top: number, left: number],
  size: ImageSize,
): T {
  return tidy(() => {
    const backend = activeBackend('crop');
    const corner = Array.isArray(offset) ? tensor1d(offset, 'int32') : (offset as Tensor1D);
    const before = image.rank === 3 ? [] : [0];
    const begin = concat([tensor1d(before, 'int32'), corner, tensor1d([0], 'int32')]);
    const extent = tensor1d([...before.map(() => -1), ...size, image.shape.at(-1)!], 'int32');
    return backend.execute('Slice', [image, begin, extent])[0] as T;
  });
}

/**
 * The middle of an image, as `torchvision.transforms.CenterCrop`.
 * @param image `[height, width, channels]` or `[batch, height, width, channels]`, at least as large as `size`
 */
export function centerCrop<T extends Tensor3D | Tensor4D>(image: T, size: ImageSize): T {
  return tidy(() => {
    const [height, width] = image.shape.slice(-3) as [number, number, number];
    if ((height >= 0 && height < size[0]) || (width >= 0 && width < size[1])) {
      throw new Error(`centerCrop to ${size.join(' x ')} does not fit an image of ${height} x ${width}.`);
    }
    const margin = sub(heightAndWidth(image), tensor1d([...size], 'int32'));
    // Halves are rounded to the even number, as Python rounds them.
    return crop(image, cast(round(div(cast(margin, 'float32'), 2)), 'int32') as Tensor1D, size);
  });
}

/** Height and width of images, int32 `[2]`. */
export function heightAndWidth(image: Tensor3D | Tensor4D): Tensor1D {
  const [height, width] = image.shape.slice(-3) as [number, number, number];
  if (height >= 0 && width >= 0) return tensor1d([height, width], 'int32');
  const backend = activeBackend('An image');
  return slice(backend.execute('Shape', [image])[0] as Tensor1D, image.rank - 3, 2);
}
