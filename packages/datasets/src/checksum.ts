import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Checksum } from './sources.js';

/** Bytes read at once: calls cost more than the copy. */
const CHUNK = 1 << 20;

/** Passes bytes on, and has their checksums at the end. */
export class ChecksumStream extends Transform {
  readonly #sha256 = createHash('sha256');
  readonly #md5 = createHash('md5');
  bytes = 0;

  override _transform(chunk: Buffer, _: BufferEncoding, done: (error: null, chunk: Buffer) => void): void {
    this.#sha256.update(chunk);
    this.#md5.update(chunk);
    this.bytes += chunk.length;
    done(null, chunk);
  }

  /** Of all bytes; to be asked once. */
  checksums(): Checksum[] {
    return [`sha256:${this.#sha256.digest('hex')}`, `md5:${this.#md5.digest('hex')}`];
  }
}

export const chunksOf = (path: string) => createReadStream(path, { highWaterMark: CHUNK });

/**
 * Finds out which of some checksums a file has; it is not kept in memory.
 * @returns the first of them that is right
 * @throws with what is wrong, to be read after the file's name, if none is
 */
export async function verifyChecksum(
  path: string,
  name: string,
  known: readonly Checksum[],
  signal?: AbortSignal,
): Promise<Checksum> {
  const stream = new ChecksumStream();
  stream.resume();
  try {
    await pipeline(chunksOf(path), stream, { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(`cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  return matching(stream.checksums(), name, known);
}

/** The first of `known` that a file has. @throws as `verifyChecksum` */
export function matching(checksums: readonly Checksum[], name: string, known: readonly Checksum[]): Checksum {
  const found = known.find((checksum) => checksums.includes(checksum));
  if (found) return found;
  const text = (of: readonly Checksum[], but: string) => of.map((one) => one.replace(':', ' ')).join(but);
  throw new Error(
    `is damaged or not ${name} (it has ${text(checksums, ', ')}; known are ${text(known, ', ')})`,
  );
}
