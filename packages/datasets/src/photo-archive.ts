import type { OpenContext } from '@paperlab/core';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { matching, verifyChecksum } from './checksum.js';
import type { VerifiedFile } from './image-dataset.js';
import { makePlainTar, type PlainTar, plainTarAt } from './plain-tar.js';
import { cacheFolder, damaged, fetchFile, findFile, type Found, type Places } from './read-source-file.js';
import type { Checksum, PhotoArchive, PhotoSource } from './sources.js';

/** Where the photos of an archive are: unpacked in a folder, or in a tar archive that is not compressed. */
type Photos = { readonly folder: string } | { readonly tar: string };

/** Plain archives that this process has read through, with size and time of modification. */
const verified = new Map<string, string>();

/**
 * Finds photos: unpacked in `PAPERLAB_DATA`; else in the plain archive in the cache, which is made of the gzipped one. That is
 * looked for where the files of all datasets are, or downloaded. It is verified before it is unpacked, the plain one when it is
 * opened for the first time in a process.
 * @throws in one line if an archive is damaged, or is not to be had
 */
export async function findPhotos(
  source: PhotoSource,
  archive: PhotoArchive,
  context: OpenContext,
  places: Places,
): Promise<Photos> {
  context.signal?.throwIfAborted();
  const folder = await unpacked(source, archive, places);
  if (folder !== undefined) return { folder };
  const plain = placeOfPlain(source, archive, places);
  const made = await plainTarAt(plain.path);
  if (made) await verifyPlain(plain, made, archive, context.signal);
  else {
    const { path, checksum } = await gzipped(source, archive, context, places);
    context.report?.(`${archive.name} has the ${named(checksum)}`);
    await makePlainTar(path, plain.path, context);
    verified.set(plain.path, await stateOf(plain.path));
  }
  return { tar: plain.path };
}

/** The archives of photos that are there, each read through. @throws as `findPhotos` */
export async function verifyPhotos(
  source: PhotoSource,
  archive: PhotoArchive,
  context: OpenContext,
  places: Places,
): Promise<VerifiedFile[]> {
  verified.delete(placeOfPlain(source, archive, places).path);
  const photos = await findPhotos(source, archive, context, places);
  if ('folder' in photos) return [];
  const { path, place } = placeOfPlain(source, archive, places);
  const [checksum] = (await plainTarAt(path))!.checksums;
  const files: VerifiedFile[] = [{ file: path, place, checksum: checksum! }];
  const found = await findFile(source, [archive.name], places);
  if (!found) return files;
  return [
    { file: found.path, place: found.place, checksum: await verify(found, archive, context) },
    ...files,
  ];
}

/** The folder that unpacking gives, `imagenette2-160`: in `PAPERLAB_DATA`, or in the dataset's own folder there. */
async function unpacked(
  { name }: PhotoSource,
  archive: PhotoArchive,
  { data }: Places,
): Promise<string | undefined> {
  if (!data) return undefined;
  for (const folder of [join(data, stemOf(archive)), join(data, name, stemOf(archive))])
    if ((await stat(folder).catch(() => undefined))?.isDirectory()) return folder;
  return undefined;
}

async function gzipped(source: PhotoSource, archive: PhotoArchive, context: OpenContext, places: Places) {
  const { name, checksums } = archive;
  const found = await findFile(source, [name], places);
  if (found) return { path: found.path, checksum: await verify(found, archive, context) };
  let checksum: Checksum;
  const check = async (path: string) => {
    checksum = await verifyChecksum(path, name, checksums, context.signal);
  };
  const { path } = await fetchFile(source, name, name, check, context, places);
  // Another process may have downloaded it, which verified it then.
  checksum ??= await verifyChecksum(path, name, checksums, context.signal);
  return { path, checksum };
}

async function verifyPlain(
  place: Found,
  made: PlainTar,
  archive: PhotoArchive,
  signal: OpenContext['signal'],
): Promise<void> {
  const state = await stateOf(place.path);
  if (verified.get(place.path) === state) return;
  try {
    matching(made.from, archive.name, archive.checksums);
    await verifyChecksum(place.path, `what ${archive.name} holds`, made.checksums, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw damaged(place, error as Error);
  }
  verified.set(place.path, state);
}

const verify = (found: Found, { name, checksums }: PhotoArchive, { signal }: OpenContext) =>
  verifyChecksum(found.path, name, checksums, signal).catch((error: Error) => {
    signal?.throwIfAborted();
    throw damaged(found, error);
  });

function placeOfPlain({ name }: PhotoSource, archive: PhotoArchive, { cache }: Places): Found {
  const folder = cacheFolder(name, cache);
  return {
    ...folder,
    path: join(folder.path, `${stemOf(archive)}.tar`),
    remedy: 'delete it, and it is made again',
  };
}

const stemOf = ({ name }: PhotoArchive) => name.replace(/\.tgz$/, '');
const named = (checksum: Checksum) => checksum.replace(':', ' ');

async function stateOf(path: string): Promise<string> {
  const { size, mtimeMs } = await stat(path);
  return `${size} ${mtimeMs}`;
}
