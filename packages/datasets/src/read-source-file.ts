import type { OpenContext } from '@paperlab/core';
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { download } from './download.js';
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
  context.signal?.throwIfAborted();
  const found = (await find(source, file, places)) ?? (await fetchFile(source, file, context, places));
  return readVerified(found.path, file).catch((error: Error) => {
    throw new Error(`${found.path} (${found.place}) ${error.message}: ${found.remedy}`);
  });
}

interface Folder {
  readonly path: string;
  /** What a person knows it as. */
  readonly place: string;
  /** What to do about a bad file in it. */
  readonly remedy: string;
}

async function find(source: Source, file: SourceFile, places: Places): Promise<Folder | undefined> {
  for (const folder of await foldersOf(source, places)) {
    for (const name of file.gzip ? [file.name, `${file.name}.gz`] : [file.name]) {
      const path = join(folder.path, name);
      if (await isFile(path)) return { ...folder, path };
    }
  }
  return undefined;
}

async function foldersOf(source: Source, { data, cache, projects }: Places): Promise<Folder[]> {
  const { name, npmPackage, debianPackage } = source;
  const folders: Folder[] = [];
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

const cacheFolder = (name: string, cache: string): Folder => ({
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

async function fetchFile(
  source: Source,
  file: SourceFile,
  context: OpenContext,
  places: Places,
): Promise<Folder> {
  const folder = cacheFolder(source.name, places.cache);
  const name = file.gzip ? `${file.name}.gz` : file.name;
  const path = join(folder.path, name);
  const urls = source.mirrors.map((mirror) => new URL(name, mirror).href);
  const verify = async (candidate: string) => void (await readVerified(candidate, file));
  try {
    await download({ urls, target: path, verify }, context);
  } catch (error) {
    context.signal?.throwIfAborted();
    throw new Error(
      `${source.name} needs ${file.name}, and ${(error as Error).message}. Other ways to it: ` +
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
