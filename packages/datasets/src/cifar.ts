import { createHash } from 'node:crypto';
import { type ImageDataset, type ImageOptions, imageDataset } from './image-dataset.js';
import { readSourceFile, verifySourceFile } from './read-source-file.js';
import type { CifarSource } from './sources.js';
import { readMembers } from './tar-archive.js';

/** Which of the label bytes that begin a record is meant. */
export interface LabelBytes {
  /** In a record. */
  readonly count: number;
  readonly index: number;
}

/** Height and width, in pixels. */
const side = 32;
const pixels = side * side;

/** A dataset in the binary format of CIFAR-10 and CIFAR-100: 32×32 RGB images. */
export function cifarDataset(
  source: CifarSource,
  classNames: readonly string[],
  label: LabelBytes,
  options: ImageOptions,
  config: Readonly<Record<string, unknown>> = {},
): ImageDataset {
  return imageDataset(
    {
      name: source.name,
      classNames,
      shape: [side, side, 3],
      parts: ['train', 'test'],
      config,
      checksums: async (context) => [await verifySourceFile(source, source.archive, context)],
      async read(part, context) {
        const { archive } = source;
        const packed = await readSourceFile(source, archive, context);
        const members = part === 'train' ? source.train : source.test;
        const files = await readMembers(packed, members, archive.name, context.signal);
        const digest = createHash('sha256').update(`${label.index}`);
        for (const file of files) digest.update(file);
        return {
          source: { kind: 'arrays', ...readRecords(files, members, label) },
          digest: digest.digest('hex'),
        };
      },
    },
    options,
  );
}

/**
 * Reads records: label bytes, then the red, the green and the blue plane of 32×32 pixels, each row by row
 * (https://www.cs.toronto.edu/~kriz/cifar.html, "Binary version").
 * @param names of the files, for messages
 * @returns images with the channels of a pixel side by side, as everything here has them
 */
export function readRecords(files: readonly Uint8Array[], names: readonly string[], label: LabelBytes) {
  const recordBytes = label.count + 3 * pixels;
  const counts = files.map(({ length }, i) => {
    if (length > 0 && length % recordBytes === 0) return length / recordBytes;
    throw new Error(`${names[i]} has ${length} bytes, which are no whole records of ${recordBytes}`);
  });
  const size = counts.reduce((sum, count) => sum + count, 0);
  const images = new Uint8Array(size * 3 * pixels);
  const labels = new Int32Array(size);
  let record = 0;
  for (const file of files) {
    for (let start = 0; start < file.length; start += recordBytes, record++) {
      labels[record] = file[start + label.index]!;
      interleave(file, start + label.count, images, record * 3 * pixels);
    }
  }
  return { images, labels, shape: [side, side, 3] as const };
}

/** Planes of three channels into pixels of three. */
function interleave(from: Uint8Array, start: number, to: Uint8Array, at: number): void {
  for (let pixel = 0; pixel < pixels; pixel++) {
    to[at + 3 * pixel] = from[start + pixel]!;
    to[at + 3 * pixel + 1] = from[start + pixels + pixel]!;
    to[at + 3 * pixel + 2] = from[start + 2 * pixels + pixel]!;
  }
}
