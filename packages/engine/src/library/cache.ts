import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { librariesIn, type LibraryFiles } from './library-files.js';
import type { Build } from './builds.js';
import { libraryNames, version } from './wheels.js';

/** What is in a cache folder. Written last, so a folder without one is not whole. */
export interface Manifest {
  /** TensorFlow's version. */
  readonly version: string;
  /** File name and hash of the wheel that TensorFlow's files are from. */
  readonly wheel: string;
  readonly wheelSha256: string;
  /** The same of NVIDIA's wheels in a CUDA build: hashes by file name. */
  readonly nvidia?: Readonly<Record<string, string>>;
  /** By path in the folder. */
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
}

export const manifestName = 'manifest.json';

/** Where the files of a build are kept: `$XDG_CACHE_HOME/paperlab/tensorflow-2.20.0-cpu`. */
export function cacheFolder(build: Build, env: NodeJS.ProcessEnv): string {
  const caches = env['XDG_CACHE_HOME'] || join(env['HOME'] || homedir(), '.cache');
  return resolve(caches, 'paperlab', `tensorflow-${version}-${build.kind}`);
}

/**
 * The libraries in a cache folder, if they are there, are of this build's wheels and have the sizes that they had when
 * their hashes were checked. Hashing 780 MB at every start would take seconds.
 */
export function readCache(folder: string, build: Build): LibraryFiles | undefined {
  const manifest = readManifest(folder);
  if (!manifest || !isOf(manifest, build)) return undefined;
  const libraries = Object.values(libraryNames()).map((name) => join(build.libraries, name));
  const whole = [...libraries, ...Object.keys(manifest.files)].every((name) => {
    const bytes = statSync(join(folder, name), { throwIfNoEntry: false })?.size;
    return bytes !== undefined && bytes === manifest.files[name]?.bytes;
  });
  return whole
    ? { ...librariesIn(join(folder, build.libraries)), version, build: build.kind, source: 'cache' }
    : undefined;
}

/** Whether what a manifest describes is from the wheels of a build. */
function isOf(manifest: Manifest, { wheels: [tensorflow, ...nvidia] }: Build): boolean {
  return (
    manifest.wheelSha256 === tensorflow.sha256 &&
    nvidia.every(({ file, sha256 }) => manifest.nvidia?.[file] === sha256)
  );
}

/**
 * The manifest of a folder, if it has one.
 * @throws when it cannot be read
 */
export function readManifest(folder: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, manifestName), 'utf8')) as Manifest;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || error instanceof SyntaxError) return undefined;
    throw new Error(
      `cannot read the cache folder ${folder} (${code}): make it readable, or set XDG_CACHE_HOME to another folder`,
    );
  }
}
