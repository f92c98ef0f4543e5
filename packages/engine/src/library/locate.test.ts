import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findLibrary, locateLibrary } from './locate.js';
import { libraryNames } from './wheels.js';

const { cc, framework } = libraryNames();

let folder: string;
/** A virtual environment without pip, and where its packages go. */
let venv: string;
let packages: string;
/** An environment in which nothing is found but what a test adds. */
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'paperlab-locate-'));
  venv = join(folder, 'venv');
  execFileSync('python3', ['-m', 'venv', '--without-pip', venv]);
  const where = 'import sysconfig; print(sysconfig.get_path("purelib"))';
  packages = execFileSync(join(venv, 'bin/python'), ['-c', where], { encoding: 'utf8' }).trim();
  env = {
    PATH: join(venv, 'bin'),
    XDG_CACHE_HOME: join(folder, 'cache'),
    PAPERLAB_TENSORFLOW_BUILD: 'cpu',
  };
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** Lays out a TensorFlow as pip installs it. Importing it fails, so it can only be looked at. */
async function install(
  version: string,
  project = 'tensorflow',
  libraries = [cc, framework],
): Promise<string> {
  await rm(packages, { recursive: true, force: true });
  const tensorflow = join(packages, 'tensorflow');
  const information = join(packages, `${project.replace('-', '_')}-${version}.dist-info`);
  await mkdir(tensorflow, { recursive: true });
  await mkdir(information);
  await writeFile(join(tensorflow, '__init__.py'), 'raise SystemExit("imported")\n');
  await writeFile(
    join(information, 'METADATA'),
    `Metadata-Version: 2.1\nName: ${project}\nVersion: ${version}\n`,
  );
  for (const name of libraries) await writeFile(join(tensorflow, name), '');
  return tensorflow;
}

describe('PAPERLAB_TENSORFLOW', () => {
  const find = (setting: string) => () => findLibrary({ ...env, PAPERLAB_TENSORFLOW: setting });

  it('is a folder with the two libraries', async () => {
    const bare = join(folder, 'bare');
    await mkdir(bare);
    for (const name of [cc, framework]) await writeFile(join(bare, name), '');
    expect(find(bare)()).toEqual({
      cc: join(bare, cc),
      framework: join(bare, framework),
      version: undefined,
      source: 'PAPERLAB_TENSORFLOW',
    });
  });

  it('is a Python TensorFlow, whose version is known', async () => {
    const tensorflow = await install('2.20.0', 'tensorflow-cpu');
    expect(find(tensorflow)()).toMatchObject({ cc: join(tensorflow, cc), version: '2.20.0' });
  });

  it('is refused in one line when it is something else, and nothing else is looked for', async () => {
    expect(find(join(folder, 'nowhere'))).toThrow(
      /^PAPERLAB_TENSORFLOW=\S+nowhere does not exist: set it to .*$/,
    );
    expect(find(venv)).toThrow(`PAPERLAB_TENSORFLOW=${venv} has no ${cc} and no ${framework}: set it to`);
    expect(find(await install('2.20.0', 'tensorflow', [cc]))).toThrow(`has no ${framework}: set it to`);
    const old = await install('2.15.0');
    expect(find(old)).toThrow(`PAPERLAB_TENSORFLOW=${old} is TensorFlow 2.15.0: set it to`);
    await expect(locateLibrary({ env: { ...env, PAPERLAB_TENSORFLOW: venv } })).rejects.toThrow('has no');
  });
});

/** Lays out TensorFlow's CUDA build, with or without NVIDIA's libraries beside it. */
async function installCuda(nvidia: readonly string[]): Promise<string> {
  const tensorflow = await install('2.20.0');
  await mkdir(join(tensorflow, 'python/platform'), { recursive: true });
  // As TensorFlow writes it.
  const information = "[('cuda_version', '12.5.1'), ('is_cuda_build', True), ('is_rocm_build', False)]";
  await writeFile(
    join(tensorflow, 'python/platform/build_info.py'),
    `build_info = collections.OrderedDict(${information})\n`,
  );
  for (const path of nvidia) {
    const library = join(packages, 'nvidia', path);
    await mkdir(dirname(library), { recursive: true });
    await writeFile(library, '');
  }
  return tensorflow;
}

const cuda = [
  'cublas/lib/libcublas.so.12',
  'cuda_runtime/lib/libcudart.so.12',
  'cudnn/lib/libcudnn.so.9',
  'cufft/lib/libcufft.so.11',
  'cusolver/lib/libcusolver.so.11',
  'cusparse/lib/libcusparse.so.12',
];

describe('PAPERLAB_TENSORFLOW_BUILD', () => {
  const asked = (build: string | undefined) =>
    locateLibrary({ env: { ...env, PAPERLAB_TENSORFLOW_BUILD: build } });
  const notFound = /^fetching libtensorflow needs Python .* with pip, and/;

  it('cuda takes a Python TensorFlow for CUDA that has CUDA, and none else', async () => {
    const tensorflow = await installCuda(cuda);
    expect(await asked('cuda')).toEqual({
      cc: join(tensorflow, cc),
      framework: join(tensorflow, framework),
      version: '2.20.0',
      build: 'cuda',
      source: 'python',
    });
    expect(await asked(undefined)).toMatchObject({ build: 'cuda', source: 'python' });
    await installCuda(cuda.slice(1));
    await expect(asked('cuda')).rejects.toThrow(notFound);
    await install('2.20.0', 'tensorflow-cpu');
    await expect(asked('cuda')).rejects.toThrow(notFound);
  });

  it('cpu passes over a Python TensorFlow for CUDA', async () => {
    await installCuda(cuda);
    await expect(asked('cpu')).rejects.toThrow(notFound);
    await install('2.20.0', 'tensorflow-cpu');
    expect(await asked('cpu')).toMatchObject({ source: 'python' });
  });

  it('is refused in one line when it is something else', async () => {
    await expect(asked('gpu')).rejects.toThrow(
      /^PAPERLAB_TENSORFLOW_BUILD=gpu is no build of TensorFlow: set/,
    );
  });

  it('does not matter to PAPERLAB_TENSORFLOW', async () => {
    const tensorflow = await installCuda([]);
    expect(findLibrary({ PAPERLAB_TENSORFLOW: tensorflow, PAPERLAB_TENSORFLOW_BUILD: 'cpu' })).toMatchObject({
      cc: join(tensorflow, cc),
      build: 'cuda',
    });
  });
});

describe('an installed Python TensorFlow', () => {
  it.each(['tensorflow', 'tensorflow-cpu'])('from %s is used without importing it', async (project) => {
    const tensorflow = await install('2.20.1', project);
    expect(findLibrary(env)).toBeUndefined();
    expect(await locateLibrary({ env })).toEqual({
      cc: join(tensorflow, cc),
      framework: join(tensorflow, framework),
      version: '2.20.1',
      source: 'python',
    });
  });

  it('may be that of PAPERLAB_PYTHON', async () => {
    await install('2.20.0');
    const chosen = { ...env, PATH: '', PAPERLAB_PYTHON: join(venv, 'bin/python') };
    expect(await locateLibrary({ env: chosen })).toMatchObject({ source: 'python' });
    await expect(locateLibrary({ env: { ...env, PAPERLAB_PYTHON: '/no/python' } })).rejects.toThrow(
      /^PAPERLAB_PYTHON=\/no\/python is no Python 3.8 or newer \(.*ENOENT\): name one, or unset it$/,
    );
  });

  it.each([
    ['of another version', '2.15.0', [cc, framework]],
    ['without its libraries', '2.20.0', [framework]],
  ])('%s is passed over', async (_, version, libraries) => {
    await install(version, 'tensorflow', libraries);
    await expect(locateLibrary({ env })).rejects.toThrow(
      /^fetching libtensorflow needs Python .* with pip, and/,
    );
  });
});

it('stops when it is aborted', async () => {
  await expect(locateLibrary({ env, signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
    'enough',
  );
});
