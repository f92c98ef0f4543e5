import type { OpenContext } from '@paperlab/core';
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { ChecksumStream, chunksOf } from './checksum.js';
import { lockFile } from './file-lock.js';
import type { Checksum } from './sources.js';

/** What is kept beside a tar archive that was made of a gzipped one, as JSON. */
export interface PlainTar {
  /** Of the gzipped archive. */
  readonly from: readonly Checksum[];
  /** Of the plain one. */
  readonly checksums: readonly Checksum[];
  /** Length of the plain one. */
  readonly bytes: number;
}

/**
 * Decompresses a `.tar.gz` to a tar archive, whose files can be read one by one; it stays one file. That is done once: several
 * processes may ask for the same, then one does it, and the others wait.
 * @param archive path of the gzipped one
 * @param target  path that the plain one gets
 * @throws in one line, naming both, if the archive is damaged or the target cannot be written; then nothing is left
 */
export async function makePlainTar(
  archive: string,
  target: string,
  { report = () => {}, signal = new AbortController().signal }: OpenContext = {},
): Promise<PlainTar> {
  try {
    await mkdir(dirname(target), { recursive: true });
    const held = await lockFile(target, 'unpacks', { report, signal });
    try {
      const made = await plainTarAt(target);
      if (made) return made;
      report(`unpacking ${basename(archive)}, which is done once`);
      return await unpack(archive, target, AbortSignal.any([signal, held.lost]));
    } finally {
      await held.release();
    }
  } catch (error) {
    signal.throwIfAborted();
    const { code, message, syscall } = error as NodeJS.ErrnoException;
    throw new Error(`${archive} cannot be unpacked to ${target} (${syscall ? code : message})`);
  }
}

async function unpack(archive: string, target: string, signal: AbortSignal): Promise<PlainTar> {
  const part = `${target}.part`;
  const [before, after] = [new ChecksumStream(), new ChecksumStream()];
  try {
    // Opened here: a stream that opens by itself may do so after the archive was found damaged, and leave a file.
    const file = await open(part, 'w');
    await pipeline(chunksOf(archive), before, createGunzip(), after, file.createWriteStream(), { signal });
    const made = { from: before.checksums(), checksums: after.checksums(), bytes: after.bytes };
    await writeFile(descriptionOf(target), JSON.stringify(made));
    await rename(part, target);
    return made;
  } catch (error) {
    await rm(part, { force: true }).catch(() => {}); // what was wrong before matters more
    throw error;
  }
}

/** A plain archive that was made before; nothing if it is not there, or not all of it. */
export async function plainTarAt(target: string): Promise<PlainTar | undefined> {
  if (!existsSync(target) || !existsSync(descriptionOf(target))) return undefined;
  const described = JSON.parse(await readFile(descriptionOf(target), 'utf8')) as PlainTar;
  return (await stat(target)).size === described.bytes ? described : undefined;
}

const descriptionOf = (target: string) => `${target}.json`;
