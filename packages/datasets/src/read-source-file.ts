import type { OpenContext } from '@paperlab/core';
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { download } from './download.js';
import type { VerifiedFile } from './image-dataset.js';
import type { Source, SourceFile } from './sources.js';

/** Where on a machine to look. */
export interface Places {
  /** A person's own datasets, each in a folder by its name: `PAPERLAB_DATA`. */
  readonly data?: string;
  /** Where downloads are kept. */
  readonly cache: string;
  /** Files or folders whose `node_modules` count, their parents' too. */
  readonly projects: readonly string[];
}

/** The places that the environment names. */
export function placesFrom(env: NodeJS.ProcessEnv): Places {
  const caches = env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache');
  return {
    data: env['PAPERLAB_DATA'] || undefined,
    cache: join(caches, 'paperlab', 'datasets'),
    projects: [join(process.cwd(), 'package.json'), import.meta.url],
  };
}

/**
 * The content of a file of a dataset, verified, from the first place that has it: the folder by the dataset's name in
 * `PAPERLAB_DATA`, the cache, an installed package. If none has it, it is downloaded into the cache.
 * @throws in one line if a file is damaged, even if another place has a good one, and if there is none to be had
 */
export async function readSourceFile(
  source: Source,
  file: SourceFile,
  context: OpenContext = {},
  places: Places = placesFrom(process.env),
): Promise<Uint8Array> {
  return (await openSourceFile(source, file, context, places)).bytes;
}

/** Finds a file as `readSourceFile` does, and says where. */
export async function verifySourceFile(
  source: Source,
  file: SourceFile,
  context: OpenContext = {},
  places: Places = placesFrom(process.env),
): Promise<VerifiedFile> {
  const { found } = await openSourceFile(source, file, context, places);
  return { file: found.path, place: found.place, checksum: `sha256:${file.sha256}` };
}

async function openSourceFile(source: Source, file: SourceFile, context: OpenContext, places: Places) {
  context.signal?.throwIfAborted();
  const names = file.gzip ? [file.name, `${file.name}.gz`] : [file.name];
  const verify = (path: string) => readVerified(path, file);
  const found =
    (await findFile(source, names, places)) ??
    (await fetchFile(source, file.name, names.at(-1)!, verify, context, places));
  const bytes = await verify(found.path).catch((error: Error) => {
    throw damaged(found, error);
  });
  return { found, bytes };
}

/** A file or folder that was found. */
export interface Found {
  readonly path: string;
  /** What a person knows it as. */
  readonly place: string;
  /** What to do about a bad file in it. */
  readonly remedy: string;
}

/** What is wrong with a file, with what to do. @param error to be read after the file's name */
export const damaged = ({ path, place, remedy }: Found, error: Error): Error =>
  new Error(`${path} (${place}) ${error.message}: ${remedy}`);

/** The first file of one of some names, in the first place that has one. */
export async function findFile(
  source: Source,
  names: readonly string[],
  places: Places,
): Promise<Found | undefined> {
  for (const folder of await foldersOf(source, places)) {
    for (const name of names) {
      const path = join(folder.path, name);
      if (await isFile(path)) return { ...folder, path };
    }
  }
  return undefined;
}

async function foldersOf(source: Source, { data, cache, projects }: Places): Promise<Found[]> {
  const { name, npmPackage, debianPackage } = source;
  const folders: Found[] = [];
  if (data) {
    if (!(await stat(data).catch(() => undefined))?.isDirectory()) {
      throw new Error(
        `PAPERLAB_DATA is ${data}, which is no folder that can be read: correct it, or unset it`,
      );
    }
    const remedy = 'replace it with a good copy, or take it away';
    folders.push({ path: join(data, name), place: 'PAPERLAB_DATA', remedy });
  }
  folders.push(cacheFolder(name, cache));
  if (npmPackage) {
    const remedy = `reinstall ${npmPackage.name}@${npmPackage.version}`;
    for (const installed of projects.map((project) => packageFolder(npmPackage.name, project))) {
      if (!installed) continue;
      folders.push({
        path: join(installed, npmPackage.folder),
        place: `npm package ${npmPackage.name}`,
        remedy,
      });
    }
  }
  if (debianPackage) {
    const place = `Debian package ${debianPackage.name}`;
    folders.push({ path: debianPackage.folder, place, remedy: `reinstall ${debianPackage.name}` });
  }
  return folders;
}

/** Where a dataset keeps what it fetched. */
export const cacheFolder = (name: string, cache: string): Found => ({
  path: join(cache, name),
  place: 'cache',
  remedy: 'delete it, and it is fetched again',
});

function packageFolder(name: string, project: string): string | undefined {
  try {
    return dirname(createRequire(project).resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw new Error(`${path} cannot be read (${code}): make it readable, or take it away`);
  }
}

/**
 * Downloads a file into the cache.
 * @param wanted what it is called in messages
 * @param name   its name on the mirrors
 * @param verify rejects, with what is wrong, if a file is another
 */
export async function fetchFile(
  source: Source,
  wanted: string,
  name: string,
  verify: (path: string) => Promise<unknown>,
  context: OpenContext,
  places: Places,
): Promise<Found> {
  const folder = cacheFolder(source.name, places.cache);
  const path = join(folder.path, name);
  const urls = source.mirrors.map((mirror) => new URL(name, mirror).href);
  const check = async (candidate: string) => void (await verify(candidate));
  try {
    await download({ urls, target: path, verify: check }, context);
  } catch (error) {
    context.signal?.throwIfAborted();
    throw new Error(
      `${source.name} needs ${wanted}, and ${(error as Error).message}. Other ways to it: ` +
        [...installsOf(source), `the file in the folder ${source.name} of PAPERLAB_DATA`].join(', or '),
    );
  }
  return { ...folder, path };
}

function installsOf({ npmPackage, debianPackage }: Source): string[] {
  const npm = npmPackage ? [`npm install ${npmPackage.name}@${npmPackage.version}`] : [];
  return debianPackage ? [...npm, `apt-get install ${debianPackage.name}`] : npm;
}

/** @throws with what is wrong, to be read after the name of the file */
async function readVerified(path: string, file: SourceFile): Promise<Uint8Array> {
  const bytes = await contentOf(path, file).catch((error: NodeJS.ErrnoException) => {
    throw new Error(error.syscall ? `cannot be read (${error.code})` : `is damaged (${error.message})`);
  });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 === file.sha256) return bytes;
  throw new Error(`is damaged or not ${file.name} (its sha256 is ${sha256}, not ${file.sha256})`);
}

async function contentOf(path: string, file: SourceFile): Promise<Uint8Array> {
  const bytes = await readFile(path);
  // By content, not by name: some servers unpack what they are asked for.
  const gzipped = file.gzip && bytes[0] === 0x1f && bytes[1] === 0x8b;
  return gzipped ? promisify(gunzip)(bytes, { maxOutputLength: file.bytes }) : bytes;
}
