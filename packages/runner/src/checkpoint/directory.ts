import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** The file that says what the others must be. It is written last, so a directory without it is not whole. */
const MANIFEST = 'manifest.json';
/** Directories under way, or on their way out, begin with it. A crash may leave them behind. */
const UNFINISHED = '.unfinished-';
/** Bytes hashed and written at once: a few milliseconds of the event loop. */
const PIECE = 4 << 20;

const manifestSchema = z.strictObject({
  format: z.literal(1),
  files: z.record(z.string(), z.strictObject({ bytes: z.int().nonnegative(), sha256: z.string() })),
});

/**
 * Writes files as one directory that appears whole or not at all, whenever the process or the machine stops: under
 * another name first, each file synced to the disk, the manifest last, and then renamed. One that is there already is
 * replaced.
 * @param files contents by file name, each in pieces that are written one after the other
 * @throws if the disk does not take it; nothing of it stays then
 */
export async function writeDirectory(
  path: string,
  files: ReadonlyMap<string, readonly Uint8Array[]>,
): Promise<void> {
  const parent = dirname(path);
  const unfinished = join(parent, UNFINISHED + randomUUID());
  try {
    await mkdir(unfinished, { recursive: true });
    const written: Record<string, { bytes: number; sha256: string }> = {};
    for (const [name, pieces] of files) written[name] = await writeSynced(join(unfinished, name), pieces);
    const manifest = JSON.stringify(
      { format: 1, files: written } satisfies z.infer<typeof manifestSchema>,
      null,
      2,
    );
    await writeSynced(join(unfinished, MANIFEST), [new TextEncoder().encode(manifest)]);
    await sync(unfinished);
    const former = join(parent, UNFINISHED + randomUUID());
    const replaced = await renamed(path, former);
    await rename(unfinished, path);
    await sync(parent);
    if (replaced) await rm(former, { recursive: true, force: true });
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true }).catch(() => undefined);
    throw new Error(`${path} could not be written: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Reads a directory that `writeDirectory` wrote.
 * @throws if a file is missing or is not, byte for byte, what was written; the message names it
 */
export async function readDirectory(path: string): Promise<Map<string, Uint8Array>> {
  const { files } = await readManifest(path);
  const contents = new Map<string, Uint8Array>();
  for (const [name, { bytes, sha256 }] of Object.entries(files)) {
    const file = join(path, name);
    const content = await readFile(file).catch((error: NodeJS.ErrnoException) => {
      throw new Error(
        error.code === 'ENOENT' ? `${file} is missing` : `${file} cannot be read: ${error.message}`,
      );
    });
    if (content.length !== bytes)
      throw new Error(`${file} has ${content.length} bytes, and ${bytes} were written`);
    if ((await hashed(content)) !== sha256)
      throw new Error(`${file} is damaged: its bytes are not those that were written`);
    contents.set(name, content);
  }
  return contents;
}

/** Removes what writes that a crash cut short left in `parent`. No other process may be writing there. */
export async function removeUnfinished(parent: string): Promise<void> {
  const entries = await readdir(parent).catch(() => []);
  for (const entry of entries.filter((name) => name.startsWith(UNFINISHED)))
    await rm(join(parent, entry), { recursive: true, force: true });
}

async function readManifest(path: string) {
  const file = join(path, MANIFEST);
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Error(`${file} is missing: the directory is not whole`);
  });
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch {
    throw new Error(`${file} is damaged: it is not a manifest`);
  }
}

async function writeSynced(file: string, pieces: readonly Uint8Array[]) {
  const handle = await open(file, 'wx');
  try {
    const hash = createHash('sha256');
    let bytes = 0;
    for (const piece of pieces.flatMap(split)) {
      hash.update(piece);
      await handle.writeFile(piece);
      bytes += piece.length;
    }
    await handle.sync();
    return { bytes, sha256: hash.digest('hex') };
  } finally {
    await handle.close();
  }
}

const split = (bytes: Uint8Array) =>
  Array.from({ length: Math.ceil(bytes.length / PIECE) }, (_, i) =>
    bytes.subarray(i * PIECE, (i + 1) * PIECE),
  );

/** The sha256 of bytes, letting the event loop run now and then. */
async function hashed(bytes: Uint8Array): Promise<string> {
  const hash = createHash('sha256');
  for (const piece of split(bytes)) {
    hash.update(piece);
    await new Promise(setImmediate);
  }
  return hash.digest('hex');
}

/** Makes a directory's entries last. */
async function sync(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Renames, and says whether there was anything to rename. */
async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
