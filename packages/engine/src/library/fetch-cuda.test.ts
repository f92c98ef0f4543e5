import { createReadStream } from 'node:fs';
import { access, constants, mkdtemp, readdir, rm, stat, truncate, unlink } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { makeWheel } from '../testing/make-wheel.js';
import { type PackageIndex, startPackageIndex } from '../testing/package-index.js';
import type { Build } from './builds.js';
import { readCache } from './cache.js';
import { fetchLibrary } from './fetch.js';
import { findPythons, type Python } from './python.js';
import { type Wheel, libraryNames } from './wheels.js';

jest.setTimeout(60_000);

/** Wheels laid out as the real ones are, of small files of ours. */
const contents: Readonly<Record<string, readonly string[]>> = {
  'tensorflow-2.20.0-cp311-cp311-manylinux2014_x86_64.whl': [
    ...Object.values(libraryNames()).map((name) => `tensorflow/${name}`),
    'tensorflow/include/LICENSE',
    'tensorflow/THIRD_PARTY_NOTICES.txt',
    'tensorflow/__init__.py',
  ],
  'nvidia_cudnn_cu12-9.3.0.75-py3-none-manylinux2014_x86_64.whl': [
    'nvidia/__init__.py',
    'nvidia/cudnn/lib/libcudnn.so.9',
    'nvidia/cudnn/lib/libcudnn_graph.so.9',
    'nvidia/cudnn/include/cudnn.h',
    'nvidia_cudnn_cu12-9.3.0.75.dist-info/License.txt',
  ],
  'nvidia_cuda_nvcc_cu12-12.5.82-py3-none-manylinux2014_x86_64.whl': [
    'nvidia/__init__.py',
    'nvidia/cuda_nvcc/bin/ptxas',
    'nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc',
    'nvidia/cuda_nvcc/nvvm/lib64/libnvvm.so',
  ],
};

let folder: string;
let build: Build;
let index: PackageIndex;
let serve: (wheel: Wheel, response: ServerResponse) => unknown;
let cache: string;
let env: NodeJS.ProcessEnv;
let pythons: readonly Python[];

beforeAll(async () => {
  pythons = await findPythons(process.env);
  folder = await mkdtemp(join(tmpdir(), 'paperlab-fetch-cuda-'));
  const [tensorflow, ...nvidia] = Object.entries(contents).map(([file, files]) =>
    makeWheel(folder, file, files),
  );
  build = { kind: 'cuda', wheels: [tensorflow!, ...nvidia], libraries: 'tensorflow' };
  index = await startPackageIndex(build.wheels, (wheel, response) => serve(wheel, response));
});

afterAll(async () => {
  index.close();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  index.requests.length = 0;
  serve = serveWhole;
  cache = await mkdtemp(join(folder, 'cache-'));
  const { PATH, HOME } = process.env;
  env = { PATH, HOME, XDG_CACHE_HOME: cache, ...index.env };
});

const serveWhole = ({ file, bytes }: Wheel, response: ServerResponse) =>
  createReadStream(join(folder, file)).pipe(response.setHeader('content-length', bytes));
const cached = (...path: string[]) => join(cache, 'paperlab/tensorflow-2.20.0-cuda', ...path);
const left = () => readdir(join(cache, 'paperlab'));

it("lays a build's wheels out as site-packages, without what is not needed", async () => {
  const lines: string[] = [];
  const numbers: { done: number; total: number }[] = [];
  const options = {
    env,
    report: (line: string) => lines.push(line),
    progress: (progress: { done: number; total: number }) => numbers.push(progress),
  };
  const files = await fetchLibrary(build, pythons, options);
  const { cc, framework } = libraryNames();
  expect(files).toEqual({
    cc: cached('tensorflow', cc),
    framework: cached('tensorflow', framework),
    version: '2.20.0',
    build: 'cuda',
    source: 'fetched',
  });
  const entries = await readdir(cached(), { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(cached().length + 1));
  expect(names.sort()).toEqual(
    [
      'manifest.json',
      'nvidia/cuda_nvcc/bin/ptxas',
      'nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc',
      'nvidia/cudnn/lib/libcudnn.so.9',
      'nvidia/cudnn/lib/libcudnn_graph.so.9',
      'nvidia_cudnn_cu12-9.3.0.75.dist-info/License.txt',
      'tensorflow/LICENSE',
      'tensorflow/THIRD_PARTY_NOTICES.txt',
      `tensorflow/${cc}`,
      `tensorflow/${framework}`,
    ].sort(),
  );
  await access(cached('nvidia/cuda_nvcc/bin/ptxas'), constants.X_OK);
  expect((await stat(cached('nvidia/cudnn/lib/libcudnn.so.9'))).size).toBe(65_536);

  expect(lines[0]).toMatch(
    /^fetching libtensorflow 2.20.0 once, from tensorflow and 2 wheels of NVIDIA's on PyPI, .*: \d+ MB to download, \d+ MB on disk/,
  );
  const total = build.wheels.reduce((sum, { bytes }) => sum + bytes, 0);
  expect(numbers.at(-1)).toEqual({ done: total, total });
  expect(numbers.map(({ done }) => done)).toEqual(numbers.map(({ done }) => done).sort((a, b) => a - b));
  expect(index.requests).toEqual(Object.keys(contents));

  // It is found; and not when a library, or one of its wheels, is another one.
  const found = { ...files, source: 'cache' };
  expect(readCache(cached(), build)).toEqual(found);
  const [tensorflow, ...nvidia] = build.wheels;
  const newer = nvidia.map((wheel) => ({ ...wheel, sha256: wheel.sha256.replace(/^./, 'x') }));
  expect(readCache(cached(), { ...build, wheels: [tensorflow, ...newer] })).toBeUndefined();
  await truncate(cached('nvidia/cudnn/lib/libcudnn_graph.so.9'), 10);
  expect(readCache(cached(), build)).toBeUndefined();
  await unlink(cached('nvidia/cudnn/lib/libcudnn_graph.so.9'));
  expect(readCache(cached(), build)).toBeUndefined();
  expect(await fetchLibrary(build, pythons, { env })).toEqual(files);
  expect(readCache(cached(), build)).toEqual(found);
  expect(await left()).toEqual(['tensorflow-2.20.0-cuda']);
});

describe('leaves nothing behind and says in one line what to do', () => {
  const last = () => build.wheels.at(-1)!;
  async function expectFailure(message: RegExp, options: object = {}, of: Build = build): Promise<void> {
    const error = await fetchLibrary(of, pythons, { env, ...options }).then(
      () => undefined,
      (error: Error) => error,
    );
    expect(error?.message).toMatch(message);
    expect(error?.message).not.toContain('\n');
    expect(await left()).toEqual([]);
  }

  it('when the last wheel is another one', async () => {
    const wheels = [build.wheels[0], build.wheels[1]!, { ...last(), sha256: '0'.repeat(64) }] as const;
    await expectFailure(
      /^nvidia_cuda_nvcc_cu12-\S+\.whl is not the file on PyPI \(.*\): check the package index/,
      {},
      { ...build, wheels },
    );
    expect(index.requests).toHaveLength(3);
  });

  it('when the connection breaks in the last wheel', async () => {
    serve = (wheel, response) => {
      if (wheel.file !== last().file) return serveWhole(wheel, response);
      response.setHeader('content-length', wheel.bytes);
      return createReadStream(join(folder, wheel.file), { end: 1000 })
        .on('end', () => response.destroy())
        .pipe(response, { end: false });
    };
    await expectFailure(/^pip could not download nvidia-cuda-nvcc-cu12==12.5.82: .*check the network/);
  });

  it('when it is aborted in the last wheel', async () => {
    const abort = new AbortController();
    serve = (wheel, response) =>
      wheel.file === last().file ? abort.abort(new Error('enough')) : serveWhole(wheel, response);
    await expectFailure(/^enough$/, { signal: abort.signal });
    index.closeConnections();
  });

  it('when a wheel has no library', async () => {
    const file = 'nvidia_cufft_cu12-11.2.3.61-py3-none-manylinux2014_x86_64.whl';
    const cufft = makeWheel(folder, file, ['nvidia/cufft/include/cufft.h']);
    const wheels = [build.wheels[0], cufft] as const;
    const other = await startPackageIndex(wheels, (wheel, response) => serveWhole(wheel, response));
    env = { ...env, ...other.env };
    await expectFailure(/^nvidia_cufft\S+\.whl has no library$/, {}, { ...build, wheels });
    other.close();
  });

  it('when the disk is too small for all of it beside the largest wheel', async () => {
    const wheels = [build.wheels[0], { ...last(), unpackedBytes: 1e18 }] as const;
    await expectFailure(
      /^fetching libtensorflow needs \d+ MB, and the disk of \S+ has \d+ MB free: free some, or set/,
      {},
      { ...build, wheels },
    );
  });
});
