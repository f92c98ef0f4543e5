import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { type Entry, openPromise, type ZipFile } from 'yauzl';
import type { Manifest } from './cache.js';
import { libraryNames } from './wheels.js';

/**
 * Writes what is needed of a wheel (TensorFlow's two libraries, or all of NVIDIA's) and its licence notices into a
 * folder, synced to disk.
 * @param libraries where in the folder TensorFlow's are put; NVIDIA's keep their paths
 * @returns size and hash of each file by its path in the folder, checked against the wheel's own RECORD
 * @throws when one is missing or differs from RECORD
 */
export async function unpackWheel(
  wheel: string,
  folder: string,
  libraries: string,
  signal?: AbortSignal,
): Promise<Manifest['files']> {
  const zip = await openPromise(wheel, { autoClose: false });
  try {
    const { wanted, record } = await entriesOf(zip, basename(wheel));
    const recorded = await text(await zip.openReadStreamPromise(record));
    const files = await Promise.all(
      wanted.map(async (entry) => {
        const path = isNvidia(entry.fileName) ? entry.fileName : join(libraries, basename(entry.fileName));
        const written = await unpack(zip, entry, join(folder, path), signal);
        if (
          recorded.includes(
            `${entry.fileName},sha256=${written.digest.toString('base64url')},${written.bytes}`,
          )
        ) {
          return [path, { bytes: written.bytes, sha256: written.digest.toString('hex') }] as const;
        }
        throw new Error(`${entry.fileName} came out of ${basename(wheel)} damaged: run this again`);
      }),
    );
    return Object.fromEntries(files);
  } finally {
    zip.close();
  }
}

async function entriesOf(zip: ZipFile, wheel: string): Promise<{ wanted: Entry[]; record: Entry }> {
  const libraries = wheel.startsWith('nvidia_')
    ? []
    : Object.values(libraryNames()).map((name) => `tensorflow/${name}`);
  const wanted: Entry[] = [];
  let record: Entry | undefined;
  for await (const entry of zip.eachEntry()) {
    if (/^[^/]+\.dist-info\/RECORD$/.test(entry.fileName)) record = entry;
    else if (libraries.includes(entry.fileName) || isNotice(entry.fileName) || isNvidia(entry.fileName))
      wanted.push(entry);
  }
  const missing = libraries.filter((name) => !wanted.some(({ fileName }) => fileName === name));
  if (libraries.length + wanted.length === 0) missing.push('library');
  if (!record) missing.push('RECORD');
  if (!record || missing.length > 0) throw new Error(`${wheel} has no ${missing.join(' and no ')}`);
  return { wanted, record };
}

/** TensorFlow's licence (kept with its headers) and the notices of what is compiled into it. */
const isNotice = (name: string) =>
  ['tensorflow/include/LICENSE', 'tensorflow/THIRD_PARTY_NOTICES.txt'].includes(name);

/**
 * NVIDIA's libraries, the compiler that TensorFlow starts (`ptxas`) with its library of device code, and its licence;
 * not the headers, nor libraries to link with.
 */
const isNvidia = (name: string) =>
  /^nvidia\/[^/]+\/(lib\/[^/]+\.so[.\d]*|bin\/ptxas|nvvm\/libdevice\/[^/]+)$/.test(name) ||
  /^nvidia_[^/]+\.dist-info\/License\.txt$/.test(name);

async function unpack(
  zip: ZipFile,
  entry: Entry,
  path: string,
  signal?: AbortSignal,
): Promise<{ bytes: number; digest: Buffer }> {
  await mkdir(dirname(path), { recursive: true });
  const hash = createHash('sha256');
  let bytes = 0;
  await pipeline(
    await zip.openReadStreamPromise(entry),
    async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        bytes += chunk.length;
        yield chunk;
      }
    },
    createWriteStream(path, { flush: true, mode: basename(path) === 'ptxas' ? 0o777 : 0o666 }),
    { signal },
  );
  return { bytes, digest: hash.digest() };
}
