import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { buildFor, noBuildFor, thisHost } from './builds.js';
import { type BuildChoice, chooseBuild } from './build-choice.js';
import { cacheFolder, readCache, readManifest } from './cache.js';
import { librariesIn, type LibraryFiles, type LibraryOptions, missingFrom } from './library-files.js';
import { buildIn, findsCuda } from './installed.js';
import { findPythons } from './python.js';
import { isSupported, libraryNames } from './wheels.js';

export type { LibraryFiles, LibraryOptions } from './library-files.js';

/**
 * Finds libtensorflow: in `PAPERLAB_TENSORFLOW`, in the cache, in an installed Python TensorFlow 2.20, in that order;
 * else fetches it once into the cache with pip, from TensorFlow's own wheel. But for the first, it is the build that
 * `chooseBuild` chooses. Takes a millisecond in the first two cases, two starts of Python in the third.
 * @throws one line that says what to do, when none of these can be had
 */
export async function locateLibrary(options: LibraryOptions = {}): Promise<LibraryFiles> {
  const { env = process.env, signal } = options;
  signal?.throwIfAborted();
  const found = findLibrary(env);
  if (found) return found;
  const choice = chooseBuild(env);
  const pythons = await findPythons(env, signal);
  for (const { tensorflow } of pythons) {
    if (!tensorflow || !isSupported(tensorflow.version) || missingFrom(tensorflow.folder).length > 0)
      continue;
    if (!serves(tensorflow.folder, choice)) continue;
    return {
      ...librariesIn(tensorflow.folder),
      version: tensorflow.version,
      build: buildIn(tensorflow.folder),
      source: 'python',
    };
  }
  const build = buildFor(thisHost(), choice.kind);
  if (!build) throw new Error(noBuildFor(thisHost()));
  const { fetchLibrary } = await import('./fetch.js');
  return fetchLibrary(build, pythons, options);
}

/**
 * libtensorflow where a look at a few files finds it: in `PAPERLAB_TENSORFLOW`, else in the cache.
 * @throws when `PAPERLAB_TENSORFLOW` is set to something else
 */
export function findLibrary(env: NodeJS.ProcessEnv = process.env): LibraryFiles | undefined {
  const named = env['PAPERLAB_TENSORFLOW'];
  if (named) return librariesNamed(named);
  const build = buildFor(thisHost(), chooseBuild(env).kind);
  return build && readCache(cacheFolder(build, env), build);
}

/**
 * Whether an installed TensorFlow will do. Where no build was asked for and there is no GPU, any will: that of CUDA
 * runs on the CPU as the other does.
 */
function serves(folder: string, { kind, asked }: BuildChoice): boolean {
  const isCuda = buildIn(folder) === 'cuda';
  return kind === 'cuda' ? isCuda && findsCuda(folder) : !asked || !isCuda;
}

function librariesNamed(setting: string): LibraryFiles {
  const folder = resolve(setting);
  const wrong = (what: string) =>
    new Error(
      `PAPERLAB_TENSORFLOW=${setting} ${what}: set it to the folder that holds ` +
        `${Object.values(libraryNames()).join(' and ')} (site-packages/tensorflow of a Python TensorFlow 2.20), or unset it`,
    );
  if (!existsSync(folder)) throw wrong('does not exist');
  const missing = missingFrom(folder);
  if (missing.length > 0) throw wrong(`has no ${missing.join(' and no ')}`);
  const version = readManifest(folder)?.version ?? installedVersion(folder);
  if (version && !isSupported(version)) throw wrong(`is TensorFlow ${version}`);
  return { ...librariesIn(folder), version, build: buildIn(folder), source: 'PAPERLAB_TENSORFLOW' };
}

/** Version of the Python TensorFlow whose folder this is, from what pip wrote beside it. */
function installedVersion(folder: string): string | undefined {
  const neighbours = readdirSync(dirname(folder));
  const written = neighbours.map((name) => /^tensorflow(?:_cpu)?-([\d.]+)\.dist-info$/.exec(name)?.[1]);
  return basename(folder) === 'tensorflow' ? written.find(Boolean) : undefined;
}
