import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lock } from 'proper-lockfile';

/** mlflow-skinny is MLflow without its server; its `pyfunc` takes pandas' tables. */
const VERSIONS = {
  'tensorflow-cpu': '2.20.0',
  safetensors: '0.6.2',
  'mlflow-skinny': '3.17.2',
  pandas: '3.1.1',
};

const run = promisify(execFile);

/**
 * A Python that has TensorFlow, safetensors and MLflow, as those have them who load what we export. Made on first use in
 * `$XDG_CACHE_HOME/paperlab`, which takes a minute and 1.4 GB; other processes wait meanwhile.
 */
async function tensorflowPython(): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'paperlab');
  const folder = join(
    cache,
    `python-tensorflow-${VERSIONS['tensorflow-cpu']}-mlflow-${VERSIONS['mlflow-skinny']}`,
  );
  const python = join(folder, 'bin', 'python');
  await mkdir(cache, { recursive: true });
  const unlock = await lock(folder, {
    lockfilePath: `${folder}.lock`,
    realpath: false,
    retries: { retries: 1200, factor: 1, minTimeout: 500 },
  });
  try {
    if (!existsSync(python)) await install(folder);
    return python;
  } finally {
    await unlock();
  }
}

async function install(folder: string): Promise<void> {
  const draft = `${folder}.${process.pid}`;
  const packages = Object.entries(VERSIONS).map(([name, version]) => `${name}==${version}`);
  try {
    // Without pip inside: Debian's Python has venv but not always ensurepip.
    await run('python3', ['-m', 'venv', '--without-pip', draft]);
    await run('python3', [
      '-m',
      'pip',
      '--python',
      join(draft, 'bin', 'python'),
      'install',
      '-q',
      ...packages,
    ]);
    await rename(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

/** Runs a program beside this file and returns what it prints, as JSON. */
export async function runPython(program: string, ...args: string[]): Promise<unknown> {
  const { PYTHONPATH: _, PYTHONHOME: __, ...env } = process.env;
  const { stdout } = await run(await tensorflowPython(), [join(import.meta.dirname, program), ...args], {
    env: { ...env, PYTHONNOUSERSITE: '1', TF_CPP_MIN_LOG_LEVEL: '2', CUDA_VISIBLE_DEVICES: '-1' },
  });
  return JSON.parse(stdout);
}
