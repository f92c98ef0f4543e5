import { randomUUID } from 'node:crypto';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { lock } from 'proper-lockfile';

/**
 * Locks a run's folder against other processes; `undefined` where one holds it. The lock of a process that is gone is
 * free: at once on the same machine, after ten seconds on another.
 */
export async function lockFolder(folder: string): Promise<(() => Promise<void>) | undefined> {
  const lockfilePath = join(folder, 'lock');
  const owner = join(folder, 'owner.json');
  if (isGone(await readFile(owner, 'utf8').catch(() => ''))) {
    // Renaming succeeds for one process only.
    const abandoned = `${lockfilePath}-${randomUUID()}`;
    await rename(lockfilePath, abandoned).catch(() => {});
    await rm(abandoned, { recursive: true, force: true });
  }
  try {
    const release = await lock(folder, {
      lockfilePath,
      // A process that was stopped for longer than ten seconds may find its lock gone. Two senders of one journal
      // do no harm: the server keeps one of equal points.
      onCompromised: () => {},
    });
    await nameOwner(owner).catch(() => rm(`${owner}.new`, { force: true }));
    await removeAbandoned(folder);
    return async () => {
      await rm(owner, { force: true });
      await release().catch(() => {});
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ELOCKED') return undefined;
    throw error;
  }
}

/** Says who holds the lock, in a file that is whole even if the process is killed while it writes. */
async function nameOwner(owner: string): Promise<void> {
  await writeFile(`${owner}.new`, JSON.stringify({ pid: process.pid, host: hostname() }));
  await rename(`${owner}.new`, owner);
}

/** Removes the locks that processes took away and were killed before they had removed them. */
async function removeAbandoned(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('lock-'));
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })));
}

/** Whether the process that locked a folder ran on this machine and runs no more. */
function isGone(owner: string): boolean {
  try {
    const { pid, host } = JSON.parse(owner) as { pid: number; host: string };
    if (host !== hostname()) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
