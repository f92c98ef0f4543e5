import { readdir, rename } from 'node:fs/promises';
import { finished } from '../checkpoint/directory.js';

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
  await finished(path, async (draft) => {
    await write(draft);
    await rename(draft, path);
  });
}
