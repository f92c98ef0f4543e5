import { execFile, spawnSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { makeWheel } from '../testing/make-wheel.js';
import { type PackageIndex, startPackageIndex } from '../testing/package-index.js';
import type { Build } from './builds.js';
import { libraryNames, type Wheel } from './wheels.js';

jest.setTimeout(60_000);

const KIB = 1024;
const folder = await mkdtemp(join(tmpdir(), 'paperlab-fetch-full-'));
const disk = join(folder, 'disk');
await mkdir(disk);

/** Arguments of `unshare` that run a command with a disk in memory; that needs no rights. */
const withDisk = (bytes: number, command: readonly string[]) => {
  const script = 'mount -t tmpfs -o size=$1 none "$0" && shift && exec "$@"';
  return ['--user', '--map-root-user', '--mount', 'sh', '-c', script, disk, String(bytes), ...command];
};
const available = spawnSync('unshare', withDisk(KIB, ['true'])).status === 0;

let wheel: Wheel;
let index: PackageIndex;

beforeAll(async () => {
  const libraries = Object.values(libraryNames()).map((name) => `tensorflow/${name}`);
  const notices = ['tensorflow/include/LICENSE', 'tensorflow/THIRD_PARTY_NOTICES.txt'];
  // 256 KiB, and less than 16 as a wheel.
  wheel = makeWheel(folder, 'tensorflow-2.20.0-cp311-cp311-manylinux2014_x86_64.whl', [
    ...libraries,
    ...notices,
  ]);
  index = await startPackageIndex([wheel], ({ file }, response) =>
    createReadStream(join(folder, file)).pipe(response),
  );
});

afterAll(async () => {
  index.close();
  await rm(folder, { recursive: true, force: true });
});

// Where the system has no such namespaces, or keeps them from its users, there is no disk to fill.
(available ? describe : describe.skip)('a disk that fills up leaves nothing behind, and one line', () => {
  /** Fetches onto a disk of this size, which the sizes of the wheel are made out to fit on. */
  async function fetch(bytes: number): Promise<unknown> {
    const wheels = [{ ...wheel, bytes: 0, unpackedBytes: 0 }] as const;
    const build: Build = { kind: 'cuda', wheels, libraries: 'tensorflow' };
    const program = fileURLToPath(new URL('../testing/fetch.child.ts', import.meta.url));
    const node = [process.execPath, '--import', 'tsx', '--conditions=@paperlab/source', program];
    const env = { ...process.env, NODE_OPTIONS: '', XDG_CACHE_HOME: disk, ...index.env };
    const command = withDisk(bytes, [...node, JSON.stringify(build)]);
    const { stdout } = await promisify(execFile)('unshare', command, { env });
    return JSON.parse(stdout);
  }

  it('while pip writes', async () => {
    expect(await fetch(8 * KIB)).toEqual({
      failure:
        'pip could not download tensorflow==2.20.0: the disk is full; free some of it, or set XDG_CACHE_HOME to a ' +
        'folder on another disk',
      left: [],
    });
  });

  it('while the wheel is unpacked', async () => {
    expect(await fetch(128 * KIB)).toEqual({
      failure: expect.stringMatching(
        /^cannot write to the cache folder \S+paperlab \(the disk is full\): set XDG_CACHE_HOME to a folder/,
      ),
      left: [],
    });
  });
});
