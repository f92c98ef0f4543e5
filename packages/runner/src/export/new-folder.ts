import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** @throws if there is something at `path` other than an empty folder */
export async function checkFree(path: string): Promise<void> {
  const entries = await readdir(path).catch(({ code }: NodeJS.ErrnoException) => {
    if (code === 'ENOENT') return [];
    if (code === 'ENOTDIR') throw new Error(`${path} is a file; name a folder that is not there yet`);
    throw new Error(`${path} cannot be read (${code})`);
  });
  if (entries.length > 0)
    throw new Error(`${path} is there already and not empty; remove it, or name another folder`);
}

/**
 * Makes a folder that appears whole or not at all.
 * @param write writes into the folder that it is given, which it makes
 * @throws if `path` is taken, or writing fails; nothing of it stays then
 */
export async function newFolder(path: string, write: (draft: string) => Promise<void>): Promise<void> {
  await checkFree(path);
  const parent = dirname(path);
  const draft = join(parent, `.unfinished-${randomUUID()}`); // which is cleared away beside checkpoints
  try {
    await mkdir(parent, { recursive: true });
    await write(draft);
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { recursive: true, force: true }).catch(() => undefined);
    throw new Error(`${path} could not be written: ${(error as Error).message}`, { cause: error });
  }
}
