import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, open, readdir, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Build, buildFor, downloadBytes, thisHost, unpackedBytes } from './builds.js';
import { cacheFolder, type Manifest, manifestName, readCache } from './cache.js';
import { downloadWheel } from './download.js';
import { librariesIn, type LibraryFiles, type LibraryOptions } from './library-files.js';
import { acquire } from './lock.js';
import type { Python } from './python.js';
import { unpackWheel } from './unpack.js';
import { version } from './wheels.js';

/**
 * Fetches a build into the cache: its wheels are downloaded and unpacked in a folder beside it, checked, synced to
 * disk, and that is then renamed into place. While one process does it others wait, and then find it.
 * @param pythons the first that has pip downloads
 * @throws one line that says what to do; what was half done is removed, by the next fetch if this process is killed
 */
export async function fetchLibrary(
  build: Build,
  pythons: readonly Python[],
  options: LibraryOptions,
): Promise<LibraryFiles> {
  const { env = process.env, report = () => {}, signal } = options;
  const folder = cacheFolder(build, env);
  try {
    await mkdir(dirname(folder), { recursive: true });
    const waiting = () => report(`another process is fetching libtensorflow into ${folder}: waiting for it`);
    const { lost, release } = await acquire(`${folder}.lock`, waiting, signal);
    try {
      const fetched = readCache(folder, build);
      if (fetched) return fetched;
      const either = signal ? AbortSignal.any([signal, lost]) : lost;
      await fill(folder, build, pythonWithPip(pythons), { ...options, report, signal: either });
    } catch (error) {
      lost.throwIfAborted();
      throw error;
    } finally {
      await release();
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw inPlainWords(error, folder, build);
  }
  return { ...librariesIn(join(folder, build.libraries)), version, build: build.kind, source: 'fetched' };
}

/** Makes the cache folder, all of it or nothing. For the holder of its lock. */
async function fill(
  folder: string,
  build: Build,
  python: string,
  options: LibraryOptions & { readonly report: (line: string) => void; readonly signal: AbortSignal },
): Promise<void> {
  const { report, signal } = options;
  await removeDrafts(folder);
  await requireSpace(folder, build);
  if (existsSync(folder)) report(`${folder} is damaged, or of another TensorFlow: fetching it again`);
  report(announcement(folder, build));
  const draft = await mkdtemp(draftPrefix(folder));
  try {
    const download = join(draft, 'download');
    const content = join(draft, 'content');
    await mkdir(download);
    await mkdir(content);
    const progress = options.progress ?? inTenths(report);
    const total = downloadBytes(build);
    let before = 0;
    const files: Record<string, Manifest['files'][string]> = {};
    // One after the other, so that there is never more than one wheel beside what is unpacked.
    for (const wheel of build.wheels) {
      const path = await downloadWheel(wheel, python, download, {
        ...options,
        progress: ({ done }) => progress({ done: before + done, total }),
      });
      before += wheel.bytes;
      report(`unpacking ${megabytes(wheel.unpackedBytes)} of ${wheel.project}`);
      Object.assign(files, await unpackWheel(path, content, build.libraries, signal));
      await rm(download, removal);
      await mkdir(download);
    }
    await writeFile(join(content, manifestName), manifestOf(build, files), { flush: true });
    for (const written of await foldersIn(content)) await syncFolder(written);
    signal.throwIfAborted();
    await rm(folder, { recursive: true, force: true });
    await rename(content, folder);
    await syncFolder(dirname(folder));
  } finally {
    await rm(draft, removal);
  }
}

/** What is fetched, and how much that is; of a large one also how to get a smaller one. */
function announcement(folder: string, build: Build): string {
  const [{ project }, ...nvidia] = build.wheels;
  const from = nvidia.length > 0 ? `${project} and ${nvidia.length} wheels of NVIDIA's` : project;
  const size = `${megabytes(downloadBytes(build))} to download, ${megabytes(unpackedBytes(build))} on disk`;
  const cpu = build.kind === 'cuda' && buildFor(thisHost(), 'cpu');
  const instead = cpu
    ? ` (PAPERLAB_TENSORFLOW_BUILD=cpu fetches the CPU build instead, ${megabytes(downloadBytes(cpu))})`
    : '';
  return `fetching libtensorflow ${version} once, from ${from} on PyPI, into ${folder}: ${size}${instead}`;
}

function manifestOf({ wheels: [tensorflow, ...nvidia] }: Build, files: Manifest['files']): string {
  const manifest: Manifest = {
    version,
    wheel: tensorflow.file,
    wheelSha256: tensorflow.sha256,
    ...(nvidia.length > 0 && {
      nvidia: Object.fromEntries(nvidia.map(({ file, sha256 }) => [file, sha256])),
    }),
    files,
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

const draftPrefix = (folder: string) => `${folder}.part-`;

/** pip outlives a killed parent for a moment, and may still write. */
const removal = { recursive: true, force: true, maxRetries: 5 } as const;

/** Removes what killed processes left. */
async function removeDrafts(folder: string): Promise<void> {
  const drafts = (await readdir(dirname(folder))).filter((name) =>
    name.startsWith(basename(draftPrefix(folder))),
  );
  await Promise.all(drafts.map((name) => rm(join(dirname(folder), name), removal)));
}

/** Bytes on disk at most while a build is fetched: all of it, and beside it the largest wheel. */
const bytesNeeded = (build: Build) =>
  unpackedBytes(build) + Math.max(...build.wheels.map(({ bytes }) => bytes));

async function requireSpace(folder: string, build: Build): Promise<void> {
  const needed = bytesNeeded(build);
  const { bavail, bsize } = await statfs(dirname(folder));
  if (bavail * bsize >= needed) return;
  throw new Error(
    `fetching libtensorflow needs ${megabytes(needed)}, and the disk of ${dirname(folder)} has ` +
      `${megabytes(bavail * bsize)} free: free some, or set XDG_CACHE_HOME to a folder on another disk`,
  );
}

function pythonWithPip(pythons: readonly Python[]): string {
  const python = pythons.find(({ pip }) => pip);
  if (python) return python.executable;
  const lack =
    pythons.length === 0
      ? 'there is no python3 or python on PATH'
      : `${pythons.map(({ executable }) => executable).join(' and ')} ${pythons.length === 1 ? 'has' : 'have'} none`;
  throw new Error(
    `fetching libtensorflow needs Python 3.8 or newer with pip, and ${lack}: install it (Debian: apt install ` +
      `python3-pip), name another in PAPERLAB_PYTHON, or set PAPERLAB_TENSORFLOW to a folder that has libtensorflow`,
  );
}

/** Reports the download a tenth at a time. */
function inTenths(report: (line: string) => void): NonNullable<LibraryOptions['progress']> {
  let told = 0;
  return ({ done, total }) => {
    const tenth = Math.floor((10 * done) / total);
    if (tenth <= told) return;
    told = tenth;
    report(`downloaded ${megabytes(done)} of ${megabytes(total)}`);
  };
}

/** A folder and all that are in it. */
async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const inside = entries.filter((entry) => entry.isDirectory());
  return [...inside.map(({ parentPath, name }) => join(parentPath, name)), folder];
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** A file-system error as one line that says what to do; others are such lines already. */
function inPlainWords(error: unknown, folder: string, build: Build): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (!syscall) return error;
  const problem = code === 'ENOSPC' ? 'the disk is full' : `${code} at ${syscall}`;
  return new Error(
    `cannot write to the cache folder ${dirname(folder)} (${problem}): set XDG_CACHE_HOME to a folder that you can ` +
      `write to, with ${megabytes(bytesNeeded(build))} free`,
    { cause: error },
  );
}

/** Powers of ten, as pip counts. */
const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
