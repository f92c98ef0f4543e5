import type { FileSource } from '@paperlab/core';
import {
  add,
  concat,
  minimum,
  maximum,
  scalar,
  slice,
  split,
  sub,
  type Tensor,
  type Tensor1D,
  tensor1d,
  type Tensor3D,
  tidy,
} from '@tensorflow/tfjs-core';
import { activeBackend } from './active-backend.js';
import { cond } from './cond.js';
import { isUprightJpeg, upright } from './exif-orientation.js';
import { decodeBytes, heightAndWidth } from './image-ops.js';

/**
 * Pixels that are decoded around a part: chroma of half the width and height is interpolated between neighbours (libjpeg-turbo's
 * fancy upsampling: one on each side, two pixels of the image), so that the outermost would differ from those of the whole.
 */
const MARGIN = 4;

/** Top, left, height and width in pixels, int32 `[4]`, of an image of such height and width, int32 `[2]`. */
export type Box = (sides: Tensor1D, draws: Tensor) => Tensor1D;

/**
 * A part of an image in a file, with the same pixels as if all of it were decoded. Of a JPEG that lies upright no more is computed
 * than the part and a margin; other files are decoded as a whole. So what is damaged behind the part is not noticed.
 * @param bytes of a JPEG or a PNG, string scalar
 * @param box given `draws` too
 * @returns uint8 `[height, width, channels]`
 */
export function decodedPart(
  bytes: Tensor,
  { channels }: Pick<FileSource, 'channels'>,
  box: Box,
  draws: Tensor,
): Tensor3D {
  return tidy(() => {
    const whole = (file: Tensor, drawn: Tensor) => {
      const image = upright(decodeBytes(file, { channels }), file);
      return bound().execute('Cast', [cut(image, box(heightAndWidth(image), drawn))], { DstT: 'uint8' });
    };
    const inPart = (file: Tensor, drawn: Tensor) => {
      const { execute } = bound();
      const sides: Tensor1D = slice(execute('ExtractJpegShape', [file]) as Tensor1D, 0, 2);
      const part = box(sides, drawn);
      const [corner, extent] = split(part, 2) as [Tensor1D, Tensor1D];
      const margin = scalar(MARGIN, 'int32');
      const begin = maximum(sub(corner, margin), scalar(0, 'int32'));
      const end = minimum(add(add(corner, extent), margin), sides);
      const window = concat([begin, sub(end, begin)]);
      const attributes = { channels, dct_method: 'INTEGER_ACCURATE' };
      const decoded = execute('DecodeAndCropJpeg', [file, window], attributes) as Tensor3D;
      return cut(decoded, concat([sub(corner, begin), extent]) as Tensor1D);
    };
    const part = cond(isUprightJpeg(bytes), inPart, whole, [bytes, draws]);
    return bound().execute('EnsureShape', [part], { shape: [-1, -1, channels] }) as Tensor3D;
  });
}

/**
 * By StridedSlice: of Slice on bytes oneDNN says on standard error, on most CPUs, that it cannot do it.
 */
function cut(image: Tensor3D, box: Tensor1D): Tensor3D {
  const [corner, extent] = split(box, 2) as [Tensor1D, Tensor1D];
  const begin = concat([corner, tensor1d([0], 'int32')]);
  const end = concat([add(corner, extent), tensor1d([image.shape[2]], 'int32')]);
  return bound().execute('StridedSlice', [image, begin, end, tensor1d([1, 1, 1], 'int32')]) as Tensor3D;
}

function bound() {
  const backend = activeBackend('Decoding a part of an image');
  return {
    execute: (op: string, inputs: readonly Tensor[], attributes = {}) =>
      backend.execute(op, [...inputs], attributes)[0]!,
  };
}
