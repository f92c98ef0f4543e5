import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';

/** The file that says what the others must be. It is written last, so a directory without it is not whole. */
const MANIFEST = 'manifest.json';
/** Directories under way begin with it. A crash may leave them behind. */
const UNFINISHED = '.unfinished-';
/** A directory that is being replaced is called so, before its name, until the new one is in its place. */
const FORMER = '.former-';
/** Bytes hashed and written at once: a few milliseconds of the event loop. */
const PIECE = 4 << 20;

const manifestSchema = z.strictObject({
  format: z.literal(1),
  files: z.record(z.string(), z.strictObject({ bytes: z.int().nonnegative(), sha256: z.string() })),
  /** Of `files`, as JSON. */
  sha256: z.string(),
});
type Manifest = z.infer<typeof manifestSchema>;

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
  await finished(path, async (unfinished) => {
    await mkdir(unfinished);
    const written: Manifest['files'] = {};
    for (const [name, pieces] of files) written[name] = await writeSynced(join(unfinished, name), pieces);
    const manifest: Manifest = { format: 1, files: written, sha256: sha256(written) };
    const text = JSON.stringify(manifest, null, 2);
    await writeSynced(join(unfinished, MANIFEST), [new TextEncoder().encode(text)]);
    await sync(unfinished);
    const parent = dirname(path);
    const former = join(parent, FORMER + basename(path));
    const replaced = await renamed(path, former);
    await rename(unfinished, path);
    await sync(parent);
    if (replaced) await rm(former, { recursive: true, force: true });
  });
}

/** Writes a file that appears whole or not at all. One that is there already is replaced. */
export async function writeWholeFile(path: string, content: string | Uint8Array): Promise<void> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  await finished(path, async (unfinished) => {
    await writeSynced(unfinished, [bytes]);
    await rename(unfinished, path);
    await sync(dirname(path));
  });
}

/**
 * Makes a directory under another name, by which `recoverDirectories` knows what a crash left.
 * @param make makes it under the name that it is given, and renames it to `path`
 * @throws if that fails; nothing of it stays then
 */
export async function finished(path: string, make: (unfinished: string) => Promise<void>): Promise<void> {
  const parent = dirname(path);
  const unfinished = join(parent, UNFINISHED + randomUUID());
  try {
    await mkdir(parent, { recursive: true });
    await make(unfinished);
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

/**
 * What is in `parent`, paths by name. Of a directory that a crash kept from being replaced, the path of the former one.
 */
export async function directoriesIn(parent: string): Promise<Map<string, string>> {
  const entries = await readdir(parent).catch(() => []);
  const formers = entries.filter((entry) => entry.startsWith(FORMER));
  const whole = entries.filter((entry) => !entry.startsWith(FORMER) && !entry.startsWith(UNFINISHED));
  return new Map([
    ...formers.map((entry) => [entry.slice(FORMER.length), join(parent, entry)] as const),
    ...whole.map((entry) => [entry, join(parent, entry)] as const),
  ]);
}

/**
 * Puts `parent` in order after a crash: what was half written goes, what was half replaced gets its name back. No other
 * process may be writing there.
 */
export async function recoverDirectories(parent: string): Promise<void> {
  const there = await directoriesIn(parent);
  for (const [name, path] of there) if (path !== join(parent, name)) await rename(path, join(parent, name));
  const entries = await readdir(parent).catch(() => []);
  const left = entries.filter((entry) => entry.startsWith(FORMER) || entry.startsWith(UNFINISHED));
  for (const entry of left) await rm(join(parent, entry), { recursive: true, force: true });
}

async function readManifest(path: string) {
  const file = join(path, MANIFEST);
  const text = await readFile(file, 'utf8').catch(() => {
    throw new Error(`${file} is missing: the directory is not whole`);
  });
  try {
    const manifest = manifestSchema.parse(JSON.parse(text));
    if (manifest.sha256 === sha256(manifest.files)) return manifest;
  } catch {
    // It is no manifest at all.
  }
  throw new Error(`${file} is damaged: it is not the manifest that was written`);
}

const sha256 = (files: Manifest['files']) => createHash('sha256').update(JSON.stringify(files)).digest('hex');

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
