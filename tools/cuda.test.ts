import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const root = fileURLToPath(new URL('..', import.meta.url));
const MINUTE = 60_000;
const MB = 1e6;

/** TensorFlow publishes its CUDA build for Linux on x64 only. */
const onLinux = process.platform === 'linux' && process.arch === 'x64';
const [on, why] =
  onLinux && process.env['CI']
    ? [describe, '']
    : [describe.skip, ' (skipped: Linux on x64 only, 2.2 GB to download; CI=true runs it)'];

/** A cache that begins empty: 2.2 GB are downloaded, 3.7 GB written. */
let caches: string;
beforeAll(() => {
  caches = mkdtempSync(join(tmpdir(), 'paperlab-cuda-'));
});
afterAll(() => rmSync(caches, { recursive: true, force: true }));

/** Without GPUs, where there are any; and with TensorFlow's own log level. */
const environment = (build: 'cpu' | 'cuda') => {
  const { NODE_OPTIONS: _, TF_CPP_MIN_LOG_LEVEL: __, PAPERLAB_TENSORFLOW: ___, ...env } = process.env;
  const settings = { PAPERLAB_TENSORFLOW_BUILD: build, CUDA_VISIBLE_DEVICES: '-1' };
  return build === 'cuda' ? { ...env, ...settings, XDG_CACHE_HOME: caches } : { ...env, ...settings };
};

function paperlab(build: 'cpu' | 'cuda', ...args: string[]) {
  const program = join(root, 'packages/runner/bin/paperlab.cjs');
  const options = { cwd: caches, env: environment(build), encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], options);
  if (status !== 0) throw new Error(stderr);
  return { lines: stdout.trim().split('\n'), stderr };
}

/** Runs code in a process of its own, in the repository; gives what it printed, read as JSON. */
function run(code: string, ...args: string[]): unknown {
  const node = ['--import', 'tsx', '--conditions=@paperlab/source', '--input-type=module', '--eval', code];
  return JSON.parse(
    execFileSync(process.execPath, [...node, ...args], {
      cwd: join(root, 'packages/engine'),
      env: { ...environment('cuda'), TF_CPP_MIN_LOG_LEVEL: '3' },
      encoding: 'utf8',
    }),
  );
}

on(`TensorFlow's CUDA build, without a GPU${why}`, () => {
  const folder = () => join(caches, 'paperlab/tensorflow-2.20.0-cuda');

  it(
    'is fetched with the libraries of NVIDIA, announced with its size, and lists the CPU',
    () => {
      const { lines, stderr } = paperlab('cuda', 'devices', '--json');
      expect(JSON.parse(lines.join())).toEqual({
        tensorflow: '2.20.0',
        build: 'cuda',
        devices: [{ name: 'CPU:0', type: 'CPU' }],
        gpus: [],
      });
      const said = stderr.trim().split('\n');
      expect(said[0]).toBe(
        `fetching libtensorflow 2.20.0 once, from tensorflow and 10 wheels of NVIDIA's on PyPI, into ${folder()}: ` +
          '2185 MB to download, 3703 MB on disk (PAPERLAB_TENSORFLOW_BUILD=cpu fetches the CPU build instead, 259 MB)',
      );
      // Nothing of TensorFlow's about the GPU that it misses.
      expect(said.filter((line) => !/^(fetching|downloaded|unpacking) /.test(line))).toEqual([]);
      expect(diskUsage(folder()) / MB).toBeCloseTo(3703, -1);
    },
    15 * MINUTE,
  );

  it(
    'is then found in the cache, and says nothing',
    () => {
      const { lines, stderr } = paperlab('cuda', 'devices');
      expect({ lines, stderr }).toEqual({ lines: ['TensorFlow 2.20.0, CUDA build', 'CPU:0'], stderr: '' });
    },
    3 * MINUTE,
  );

  it(
    'finds the libraries of NVIDIA beside it, by itself',
    () => {
      // What TensorFlow does when there is a GPU. The absl::Status that is returned is 1 when it is OK.
      const code = `
      import koffi from 'koffi';
      import { readFileSync } from 'node:fs';
      const framework = koffi.load(process.argv[1] + '/tensorflow/libtensorflow_framework.so.2', { global: true });
      const open = (name) => {
        const status = [0n];
        framework.func('void _ZN3tsl8internal9DsoLoader' + name + 'Ev(_Out_ uint64_t*)')(status);
        return Number(status[0]);
      };
      const statuses = [open('22TryDlopenCUDALibraries'), open('17GetCuptiDsoHandle')];
      const mapped = readFileSync('/proc/self/maps', 'utf8').split('\\n').map((line) => line.split(/ +/)[5]);
      const loaded = [...new Set(mapped)].filter((path) => path?.includes('/nvidia/')).sort();
      console.log(JSON.stringify({ statuses, loaded }));`;
      expect(run(code, folder())).toEqual({
        statuses: [1, 1],
        loaded: [
          'cublas/lib/libcublas.so.12',
          'cublas/lib/libcublasLt.so.12',
          'cuda_cupti/lib/libcupti.so.12',
          'cuda_runtime/lib/libcudart.so.12',
          'cudnn/lib/libcudnn.so.9',
          'cufft/lib/libcufft.so.11',
          'cusolver/lib/libcusolver.so.11',
          'cusparse/lib/libcusparse.so.12',
          'nvjitlink/lib/libnvJitLink.so.12',
        ].map((path) => join(folder(), 'nvidia', path)),
      });
    },
    3 * MINUTE,
  );

  it(
    "has each of NVIDIA's libraries load, and NVRTC where cuDNN looks for it",
    () => {
      const code = `
      import koffi from 'koffi';
      import { readdirSync } from 'node:fs';
      import { tensorflow } from './src/index.ts';
      const loads = (path) => { try { koffi.load(path); return true; } catch { return false; } };
      await tensorflow();
      const compiler = loads('libnvrtc.so.12');
      const folder = process.argv[1] + '/nvidia/';
      const libraries = readdirSync(folder, { recursive: true }).filter((name) => /\\.so[.\\d]*$/.test(name));
      console.log(JSON.stringify({ compiler, count: libraries.length, failed: libraries.filter((name) => !loads(folder + name)) }));`;
      expect(run(code, folder())).toEqual({ compiler: true, count: 25, failed: [] });
    },
    3 * MINUTE,
  );

  it(
    'trains LeNet-5 as the CPU build does',
    () => {
      const losses = (build: 'cpu' | 'cuda') => {
        const steps = ['--set', 'epochs=8', '--limit-train-batches', '1', '--limit-valid-batches', '1'];
        const { lines } = paperlab(
          build,
          'train',
          join(root, 'experiments/lenet5-mnist.ts'),
          ...steps,
          '--json',
        );
        const events = lines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'epoch');
        return events.flatMap(({ train, valid }) => [train.loss, valid.loss]) as number[];
      };
      const [cpu, cuda] = [losses('cpu'), losses('cuda')];
      expect(new Set(cpu).size).toBe(16);
      expect(
        cuda.map((loss, i) => Math.abs(loss - cpu[i]!)).filter((difference) => !(difference < 1e-5)),
      ).toEqual([]);
      expect(cuda).toHaveLength(cpu.length);
    },
    3 * MINUTE,
  );
});

/** Bytes of all files below a folder. */
const diskUsage = (folder: string) =>
  Number(execFileSync('du', ['-sb', folder], { encoding: 'utf8' }).split('\t')[0]);
