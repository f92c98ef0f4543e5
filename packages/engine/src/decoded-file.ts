import { open } from 'node:fs/promises';
import type { BadImage } from './bad-images.js';

// One file: the pixels of all images, bytes, one image behind the other; a description, JSON; the length of that, 8 bytes.

/** Of the format, and of what decoding gives: pixels as `DecodeJpeg` makes them, turned as Exif says. */
export const FORMAT = 1;
const FOOTER = 8;

/** What is kept beside the pixels. */
export interface Description {
  /** Of what the pixels were decoded from. */
  readonly stamp: string;
  readonly channels: number;
  /** Height and width of every image, one after the other; 0 and 0 of those that are bad. */
  readonly sides: readonly number[];
  readonly bad: readonly BadImage[];
}

/** Decoded images of a split, in a file. */
export interface DecodedFile extends Description {
  readonly path: string;
}

/** The pixels' bytes of every image. */
export const bytesOf = ({ sides, channels }: Description): number[] =>
  Array.from({ length: sides.length / 2 }, (_, i) => sides[2 * i]! * sides[2 * i + 1]! * channels);

/** What a file has, if it is there, whole, and made of what has this stamp. */
export async function readDecoded(path: string, stamp: string): Promise<DecodedFile | undefined> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!file) return undefined;
  try {
    const { size } = await file.stat();
    const read = async (length: number, at: number) =>
      (await file.read(Buffer.alloc(length), 0, length, at)).buffer;
    if (size < FOOTER) return undefined;
    const length = Number((await read(FOOTER, size - FOOTER)).readBigUInt64LE());
    const pixels = size - FOOTER - length;
    if (pixels < 0) return undefined;
    const description = JSON.parse((await read(length, pixels)).toString()) as Description;
    const bytes = bytesOf(description).reduce((sum, each) => sum + each, 0);
    return description.stamp === stamp && bytes === pixels ? { ...description, path } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  } finally {
    await file.close();
  }
}

/** What is behind the pixels. */
export function ending(description: Description): Buffer {
  const json = Buffer.from(JSON.stringify(description));
  const footer = Buffer.alloc(FOOTER);
  footer.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([json, footer]);
}
