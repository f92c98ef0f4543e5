import {
  cast,
  greater,
  logicalAnd,
  logicalOr,
  reshape,
  scalar,
  stack,
  type Tensor,
  tensor1d,
  type Tensor3D,
  tidy,
  where,
} from '@tensorflow/tfjs-core';
import { activeBackend } from './active-backend.js';

/** Exif's segment is the first of a JPEG (Exif 2.3, Section 4.5.4), and its orientation among the first tags of it. */
const HEAD_BYTES = 4096;

/**
 * The value of tag 274 (0x0112, of type SHORT, one of it) in the first directory behind `Exif`, in either byte order: Intel's (`II`)
 * or Motorola's (`MM`). RE2's \C is a byte.
 */
const ORIENTATION =
  '(?s)^\\C*?Exif\\x00\\x00(?:' +
  'II\\x2a\\x00\\C*?\\x12\\x01\\x03\\x00\\x01\\x00\\x00\\x00([\\x01-\\x08])\\x00|' +
  'MM\\x00\\x2a\\C*?\\x01\\x12\\x00\\x03\\x00\\x00\\x00\\x01\\x00([\\x01-\\x08]))\\C*$';

/** Where every JPEG begins: the marker of its beginning, and the first byte of the next one. */
const JPEG = Uint8Array.of(0xff, 0xd8, 0xff);

/**
 * The orientation that Exif gives an image, int32 scalar: 1, upright, where it gives none.
 * @param bytes of a file, string scalar
 */
function orientationOf(bytes: Tensor): Tensor {
  const { execute } = bound();
  const head = execute('Substr', [bytes, scalar(0, 'int32'), scalar(HEAD_BYTES, 'int32')], {
    unit: 'BYTE',
  });
  const found = execute('StaticRegexReplace', [head], {
    pattern: ORIENTATION,
    rewrite: '\\1\\2',
    replace_global: false,
  });
  // What has none stays as it was, longer than a byte. An empty file is for the decoder to refuse.
  const padded = execute('StringJoin', [found, scalar(' ', 'string')], { separator: '' });
  const isOne = execute('Equal', [execute('StringLength', [found], { unit: 'BYTE' }), scalar(1, 'int32')]);
  const byte = execute('Substr', [padded, scalar(0, 'int32'), scalar(1, 'int32')], { unit: 'BYTE' });
  const value = reshape(
    execute('Cast', [execute('DecodeRaw', [byte], { out_type: 'uint8' })], { DstT: 'int32' }),
    [],
  );
  return where(isOne, value, scalar(1, 'int32'));
}

/**
 * Whether a file is a JPEG whose pixels are stored as they are shown, bool scalar.
 * @param bytes string scalar
 */
export function isUprightJpeg(bytes: Tensor): Tensor {
  return tidy(() => {
    const { backend, execute } = bound();
    const first = [scalar(0, 'int32'), scalar(JPEG.length, 'int32')];
    const head = execute('Substr', [bytes, ...first], { unit: 'BYTE' });
    const isJpeg = execute('Equal', [head, backend.wrap(backend.constant('string', [], [JPEG]))]);
    return logicalAnd(isJpeg, execute('Equal', [orientationOf(bytes), scalar(1, 'int32')]));
  });
}

/**
 * Turns a decoded image as its Exif orientation says (Exif 2.3, Section 4.6.4, tag 274), as viewers show it and PIL's
 * `ImageOps.exif_transpose` does. One that is upright is not moved.
 * @param image `[height, width, channels]`, 0..255
 * @param bytes of the file, string scalar
 * @returns float32
 */
export function upright(image: Tensor3D, bytes: Tensor): Tensor3D {
  return tidy(() => {
    const { execute } = bound();
    const orientation = orientationOf(bytes);
    const transposed = greater(orientation, scalar(4, 'int32'));
    const permutation = where(transposed, tensor1d([1, 0, 2], 'int32'), tensor1d([0, 1, 2], 'int32'));
    // oneDNN takes Transpose of bytes for its own, and on most CPUs says on standard error that it cannot do it. Grappler would
    // put the cast behind it, but for the check of the shape between them.
    const shape = [-1, -1, image.shape[2]];
    const wide = execute('EnsureShape', [execute('Cast', [image], { DstT: 'float32' })], { shape });
    const turned = execute('Transpose', [wide, cast(permutation, 'int32')]);
    const mirrored = stack([isAny(orientation, [3, 4, 7, 8]), isAny(orientation, [2, 3, 6, 7])]);
    const axes = execute('Squeeze', [execute('Where', [mirrored])], { squeeze_dims: [1] });
    return execute('EnsureShape', [execute('ReverseV2', [turned, axes])], { shape }) as Tensor3D;
  });
}

function bound() {
  const backend = activeBackend("An image's orientation");
  return {
    backend,
    execute: (op: string, inputs: readonly Tensor[], attributes = {}) =>
      backend.execute(op, [...inputs], attributes)[0]!,
  };
}

const isAny = (value: Tensor, of: readonly number[]): Tensor =>
  of
    .map((one) => bound().execute('Equal', [value, scalar(one, 'int32')]))
    .reduce((any, one) => logicalOr(any, one));
