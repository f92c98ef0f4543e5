import { createHash, randomUUID } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { copyFile, link, mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { KeptFile } from './journal.js';

/** What becomes a file: its bytes, or the path of a file that has them. */
export type Content = Uint8Array | { readonly file: string };

/** Where the files of a run's artifacts are: the first of each path in `artifacts/`, the second in `artifacts-2/`, … */
export const artifactFile = (folder: string, { path, version }: { path: string; version: number }) =>
  join(folder, version === 1 ? 'artifacts' : `artifacts-${version}`, path);

export const modelFile = (folder: string, key: string, path: string) => join(folder, 'models', key, path);

/** Where files are until they are whole. */
const drafts = (folder: string) => join(folder, 'drafts');

/** Removes what a process that was killed had begun. To be called by who holds the folder's lock. */
export const removeDrafts = (folder: string) => rm(drafts(folder), { recursive: true, force: true });

/** Puts a file into a run's folder, whole and safe on disk, or not at all. */
export async function keepFile(
  folder: string,
  to: string,
  content: Content,
): Promise<Omit<KeptFile, 'path'>> {
  const draft = join(drafts(folder), randomUUID());
  try {
    await mkdir(dirname(draft), { recursive: true });
    if (content instanceof Uint8Array) await write(draft, content);
    else await take(content.file, draft);
    const kept = await describeFile(draft);
    await mkdir(dirname(to), { recursive: true });
    await rename(draft, to);
    return kept;
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function write(path: string, content: Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Takes over a file that its owner may delete: by sharing its blocks where the file system can, else by a hard link,
 * else, on another file system, by a copy.
 */
async function take(from: string, to: string): Promise<void> {
  const source = await realpath(from);
  try {
    await copyFile(source, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
  } catch {
    await rm(to, { force: true });
    await link(source, to).catch(() => copyFile(source, to, constants.COPYFILE_EXCL));
  }
  const file = await open(to, 'r');
  await file.sync().finally(() => file.close());
}

/** The size of a file and its sha256. */
export async function describeFile(path: string): Promise<Omit<KeptFile, 'path'>> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** All files in a folder and below it, in order of their paths, which have `/` between folders. */
export async function filesIn(folder: string): Promise<{ path: string; file: string }[]> {
  const files = [];
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() || (entry.isSymbolicLink() && (await stat(file)).isFile()))
      files.push({ path: relative(folder, file).split(sep).join('/'), file });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}
