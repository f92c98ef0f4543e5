/** Fetches a build, given as JSON, and reports why that failed and what it left in the cache. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Build } from '../library/builds.js';
import { fetchLibrary } from '../library/fetch.js';
import { findPythons } from '../library/python.js';
import { report } from './run-child.js';

const build = JSON.parse(process.argv[2]!) as Build;
const failure = await fetchLibrary(build, await findPythons(process.env), {}).then(
  () => undefined,
  (error: Error) => error.message,
);
report({ failure, left: await readdir(join(process.env['XDG_CACHE_HOME']!, 'paperlab')) });
