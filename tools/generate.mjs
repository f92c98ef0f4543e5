/**
 * Runs the generators, whose output is in git.
 *
 *   node tools/generate.mjs            writes what they make
 *   node tools/generate.mjs --check    leaves everything as it is; fails, naming the files, if any would change
 */
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './child.mjs';

/**
 * @typedef {object} Generator
 * @property {string} program a file in tools/ that writes everything it makes into the folder it is given
 * @property {readonly string[]} [options] what it is given beside the folder
 * @property {string} output the folder in the repository that holds nothing else
 */

/** @type {readonly Generator[]} */
const generators = ['engine', 'trackers'].map((name) => ({
  program: 'generate-protos.mjs',
  options: [name],
  output: `packages/${name}/src/protos`,
}));

/**
 * Runs a generator and compares, or replaces, its output.
 * @param {string} root the repository
 * @param {Generator} generator
 * @param {boolean} check
 * @returns {Promise<string[]>} the paths, from `root`, that differed
 */
export async function generate(root, { program, options = [], output }, check) {
  const temporary = await mkdtemp(join(tmpdir(), 'paperlab-generate-'));
  try {
    const made = join(temporary, 'output');
    const { status } = await run(process.execPath, [join(root, 'tools', program), made, ...options], {
      cwd: root,
      quiet: true,
    });
    if (status !== 0) throw new Error(`tools/${program} failed, see above`);
    const target = join(root, output);
    const [before, after] = await Promise.all([contents(target), contents(made)]);
    const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
      (path) => before.get(path) !== after.get(path),
    );
    if (!check && changed.length > 0) {
      await rm(target, { recursive: true, force: true });
      await cp(made, target, { recursive: true });
    }
    return changed.sort().map((path) => join(output, path));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/**
 * @param {string} folder
 * @returns {Promise<Map<string, string>>} what is in each file, by path from `folder`
 */
async function contents(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(
      files.map(
        async (file) => /** @type {const} */ ([relative(folder, file), await readFile(file, 'utf8')]),
      ),
    ),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const check = process.argv.includes('--check');
  try {
    for (const generator of generators) {
      for (const path of await generate(root, generator, check)) {
        console.log(check ? `stale: ${path}` : `written: ${path}`);
        if (check) process.exitCode = 1;
      }
    }
    if (process.exitCode) console.error('Run `npm run generate` and commit what it writes.');
  } catch (error) {
    console.error(`generate: ${error instanceof Error ? error.message : error}`);
    process.exitCode = 1;
  }
}
