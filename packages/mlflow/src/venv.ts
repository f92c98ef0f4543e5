import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { lock } from 'proper-lockfile';

/** The version that this package was made for and is tested with. */
export const version = '3.17.2';
const requirement = `mlflow==${version}`;

/**
 * The Python of a virtual environment that has MLflow. Made on first use in `$XDG_CACHE_HOME/paperlab`, which takes
 * about a minute and 850 MB; other processes wait meanwhile.
 * @throws when there is no Python 3.10 or newer with pip, or pip cannot install
 */
export async function mlflowPython(report: (line: string) => void): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'paperlab');
  const folder = join(cache, `mlflow-${version}`);
  const python = join(folder, 'bin', 'python');
  if (existsSync(python)) return python;
  await mkdir(cache, { recursive: true });
  const unlock = await lockInstallation(folder, report);
  try {
    if (!existsSync(python)) await install(folder, report);
    return python;
  } finally {
    await unlock();
  }
}

async function lockInstallation(
  folder: string,
  report: (line: string) => void,
): Promise<() => Promise<void>> {
  const options = { lockfilePath: `${folder}.lock`, realpath: false };
  try {
    return await lock(folder, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
    report('waiting for another process to install MLflow');
    return lock(folder, { ...options, retries: { retries: 1200, factor: 1, minTimeout: 500 } });
  }
}

async function install(folder: string, report: (line: string) => void): Promise<void> {
  const python = await systemPython();
  report(`installing MLflow ${version} into ${folder} (850 MB, about a minute)`);
  // It takes its name when it is complete, so what exists is whole.
  const draft = `${folder}.${process.pid}`;
  try {
    // Without pip inside: Debian's Python has venv but not always ensurepip.
    await run(python, ['-m', 'venv', '--without-pip', draft]);
    const pip = ['-m', 'pip', '--python', join(draft, 'bin', 'python'), 'install', '--progress-bar', 'off'];
    await run(python, [...pip, '--no-input', '--disable-pip-version-check', requirement], (line) => {
      const large = /Downloading (\S+) \((\d{2,}[\d.]* MB)\)/.exec(line);
      if (large) report(`downloading ${large[1]} (${large[2]})`);
      if (line.startsWith('Installing collected packages'))
        report(`unpacking ${line.split(',').length} Python packages`);
    }).catch((error: Error) => {
      throw new Error(
        `pip could not install ${requirement} (${error.message}): check the network and the package index that pip uses, then try again`,
      );
    });
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function systemPython(): Promise<string> {
  const wanted = `MLflow needs Python 3.10 or newer with pip 22.3 or newer`;
  const python = 'python3';
  const probe = 'import sys; print(sys.version_info >= (3, 10), sys.version.split()[0])';
  const found = await run(python, ['-c', probe]).catch(() => undefined);
  if (!found) throw new Error(`${wanted}, and there is no ${python} on PATH: install it`);
  const [enough, pythonVersion] = found.split(' ');
  if (enough !== 'True') throw new Error(`${wanted}; ${python} is ${pythonVersion}: install a newer one`);
  const pip = await run(python, ['-m', 'pip', '--version']).catch(() => undefined);
  const [, major = 0, minor = 0] = /^pip (\d+)\.(\d+)/.exec(pip ?? '')?.map(Number) ?? [];
  if (!pip) throw new Error(`${wanted}; ${python} has no pip: install it (Debian: apt install python3-pip)`);
  if (major * 100 + minor < 2203)
    throw new Error(`${wanted}; its pip is ${major}.${minor}: python3 -m pip install -U pip`);
  return python;
}

/** Runs a program; resolves to the last line that it printed, rejects with the last line of its complaints. */
function run(command: string, args: string[], onLine?: (line: string) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: pythonEnvironment() });
    let printed = '';
    let complaint = '';
    createInterface(child.stdout).on('line', (line) => {
      printed = line.trim();
      onLine?.(printed);
    });
    createInterface(child.stderr).on('line', (line) => {
      complaint = line.trim() || complaint;
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(printed);
      else reject(new Error(complaint.replace(/^ERROR: /, '') || printed || `exit status ${code}`));
    });
  });
}

/** Without the settings by which a user's shell leads Python to other packages, or MLflow to other servers. */
export function pythonEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(MLFLOW_|PYTHONPATH$|PYTHONHOME$)/.test(name),
  );
  return { ...Object.fromEntries(kept), PYTHONNOUSERSITE: '1' };
}
