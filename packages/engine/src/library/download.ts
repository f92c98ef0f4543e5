import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { LibraryOptions } from './library-files.js';
import { pythonTag, type Wheel } from './wheels.js';

/**
 * Downloads a wheel into a folder, with pip, so that its index, proxy and certificate settings hold.
 * @param python executable of a Python that has pip
 * @param folder exists, and is empty; what pip keeps while it works goes there too
 * @returns the wheel's path
 * @throws when pip cannot get it, or it is not the file that was asked for
 */
export async function downloadWheel(
  wheel: Wheel,
  python: string,
  folder: string,
  { env = process.env, progress, signal }: LibraryOptions,
): Promise<string> {
  const temporary = join(folder, 'tmp');
  await mkdir(temporary);
  let downloading = true;
  const watch = setInterval(async () => {
    const done = await wheelBytes(folder);
    if (downloading && done !== undefined)
      progress?.({ done: Math.min(done, wheel.bytes), total: wheel.bytes });
  }, 200);
  try {
    await runPip(python, downloadArguments(wheel, folder), { ...env, TMPDIR: temporary }, signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw new Error(`pip could not download ${requirement(wheel)}: ${(error as Error).message}`);
  } finally {
    downloading = false;
    clearInterval(watch);
  }
  progress?.({ done: wheel.bytes, total: wheel.bytes });
  const path = join(folder, wheel.file);
  await verify(path, wheel, signal);
  return path;
}

const requirement = (wheel: Wheel) => `${wheel.project}==${wheel.version}`;

function downloadArguments(wheel: Wheel, folder: string): string[] {
  return [
    ...['-m', 'pip', 'download', requirement(wheel), '--no-deps', '--only-binary', ':all:'],
    ...['--implementation', 'cp', '--python-version', pythonTag.version, '--abi', pythonTag.abi],
    ...['--platform', wheel.platform],
    ...['--dest', folder],
    // pip's cache would keep a second copy.
    ...['--no-cache-dir', '--no-input', '--disable-pip-version-check', '--progress-bar', 'off'],
  ];
}

/** Runs pip; rejects with its complaint, in one line. */
function runPip(
  python: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, args, {
      // Not a pip.py of the current directory. And nothing is installed, so a rule that pip must be in a virtual
      // environment has nothing to protect.
      env: { ...env, PYTHONSAFEPATH: '1', PIP_REQUIRE_VIRTUALENV: '0' },
      stdio: ['ignore', 'ignore', 'pipe'],
      signal,
    });
    let complaints = '';
    child.stderr
      .setEncoding('utf8')
      .on('data', (text: string) => (complaints = (complaints + text).slice(-16_384)));
    child.once('error', (error) => (complaints ||= error.message));
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(explain(complaints, code)))));
  });
}

/** What pip's complaints come to, and what to do, in one line. */
function explain(complaints: string, code: number | null): string {
  if (/No space left on device/.test(complaints)) {
    return 'the disk is full; free some of it, or set XDG_CACHE_HOME to a folder on another disk';
  }
  const advice = "check the network and pip's settings (pip config list), then run this again";
  // Before its connection errors pip says nothing; after them, that there are no versions at all.
  if (/\(from versions: (none)?\)/.test(complaints))
    return `no package index that it can reach has it; ${advice}`;
  const lines = complaints.split('\n').map((line) => line.trim());
  const said = lines.findLast((line) => line.startsWith('ERROR:')) ?? lines.findLast(Boolean);
  return `${said?.replace(/^ERROR: /, '').replace(/\.$/, '') ?? `exit status ${code}`}; ${advice}`;
}

/** Bytes of the wheel that is being written somewhere below a folder. */
async function wheelBytes(folder: string): Promise<number | undefined> {
  try {
    const files = await readdir(folder, { recursive: true });
    const wheel = files.find((name) => name.endsWith('.whl'));
    return wheel === undefined ? undefined : (await stat(join(folder, wheel))).size;
  } catch {
    return undefined; // It has just been moved, or removed with the folder.
  }
}

async function verify(path: string, wheel: Wheel, signal?: AbortSignal): Promise<void> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash, { signal });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error(
      `pip brought another file than ${wheel.file}: check the package index that pip uses (pip config list)`,
    );
  }
  const sha256 = hash.digest('hex');
  if (sha256 === wheel.sha256) return;
  const { size } = await stat(path);
  throw new Error(
    `${wheel.file} is not the file on PyPI (${size} bytes with sha256 ${sha256.slice(0, 12)}…, not ${wheel.bytes} with ` +
      `${wheel.sha256.slice(0, 12)}…): check the package index that pip uses (pip config list), then run this again`,
  );
}
