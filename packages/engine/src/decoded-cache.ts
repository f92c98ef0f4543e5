import type { DecodedCache, FileSource, Split } from '@paperlab/core';
import { dispose, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { TensorFlowBackend } from './backend.js';
import { explained } from './bad-images.js';
import type { DatasetSources } from './data/sources.js';
import { type DecodedFile, type Description, ending, FORMAT, readDecoded } from './decoded-file.js';
import { Examples } from './input-examples.js';
import { acquire } from './library/lock.js';

/** Images that are decoded to tell how much all will take. */
const SAMPLE = 32;
/** Images that are decoded ahead of the one that is written. */
const AHEAD = 4;
/** Files that are looked at before others get their turn. */
const PIECE = 4096;

/** A split whose images are in files, and are to be cached. */
interface CachedSplit extends Split {
  readonly source: FileSource;
  readonly cache: DecodedCache;
}

export const isCached = (split: Split): split is CachedSplit =>
  split.source.kind === 'files' && split.cache !== undefined;

/**
 * The decoded images of a split: read from its cache, or decoded into it, once. Several processes may ask for the same, then
 * one does it, and the others wait. Files that have changed since are decoded anew, all of them.
 *
 * Kept are bytes as they come from the decoder, turned as Exif says, before any transform: those are of whole numbers, so that
 * what is computed from them is the same to the bit, and one file is good for any transforms.
 * @returns nothing where the folder cannot be written to, or the disk is full, which is reported
 * @throws if an image cannot be decoded, unless bad ones are to be skipped
 */
export async function openDecoded(
  backend: TensorFlowBackend,
  data: DatasetSources,
  split: CachedSplit,
): Promise<DecodedFile | undefined> {
  const { folder, report = () => {}, signal } = split.cache;
  const path = join(folder, `${keyOf(split.source)}.pixels`);
  let bytes = 0;
  try {
    const stamp = await stampOf(split);
    const made = await readDecoded(path, stamp);
    if (made) return usable(made, split);
    await mkdir(folder, { recursive: true });
    const waiting = () => report(`waiting for another process that decodes the same images into ${folder}`);
    const held = await acquire(`${path}.lock`, waiting, signal);
    try {
      const others = await readDecoded(path, stamp);
      if (others) return usable(others, split);
      bytes = await bytesNeeded(data, backend, split);
      report(`decoding ${split.size} images into ${folder}, about ${megabytes(bytes)}, which is done once`);
      const { bavail, bsize } = await statfs(folder);
      if (bavail * bsize < bytes) throw Object.assign(new Error(), { code: 'ENOSPC', syscall: 'write' });
      const either = signal ? AbortSignal.any([signal, held.lost]) : held.lost;
      return usable(await decode(backend, data, split, { path, stamp, signal: either }), split);
    } finally {
      await held.release();
    }
  } catch (error) {
    signal?.throwIfAborted();
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (!syscall) throw error;
    const problem = code === 'ENOSPC' ? 'too little room' : code;
    const need = bytes > 0 ? `, with ${megabytes(bytes)} free` : '';
    report(
      `decoded images cannot be kept in ${folder} (${problem}), and are decoded again in every epoch; set XDG_CACHE_HOME to a ` +
        `folder that you can write to${need}`,
    );
    return undefined;
  }
}

function usable(decoded: DecodedFile, { onBadImage }: Split): DecodedFile {
  const [bad] = decoded.bad;
  if (bad && onBadImage !== 'skip') throw new Error(bad.message);
  return decoded;
}

/** Of which images a file is: changed ones take its place. */
function keyOf({ files, channels, archives }: FileSource): string {
  const hash = createHash('sha256').update(JSON.stringify([FORMAT, channels, archives?.paths]));
  for (const file of files) hash.update(`${file}\n`);
  return hash.digest('hex').slice(0, 32);
}

/** Changes with the sizes and the times of modification of all files, or archives, that images are in. */
async function stampOf({
  digest,
  source: { files, archives },
  cache: { signal },
}: CachedSplit): Promise<string> {
  const hash = createHash('sha256').update(digest);
  for (const [i, path] of (archives?.paths ?? files).entries()) {
    hash.update(`${stateOf(path)}\n`);
    if (i % PIECE === PIECE - 1) await setImmediate(undefined, { signal });
  }
  if (archives) for (const each of [archives.archive, archives.offsets, archives.bytes]) hash.update(each);
  return hash.digest('hex');
}

function stateOf(path: string): string {
  try {
    const { size, mtimeMs } = statSync(path);
    return `${size} ${mtimeMs}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'none';
  }
}

/** About so many bytes, by some images from everywhere. */
async function bytesNeeded(data: DatasetSources, backend: TensorFlowBackend, split: Split): Promise<number> {
  const examples = new Examples(backend, { ...split, transforms: [] });
  const step = Math.ceil(split.size / SAMPLE);
  try {
    const shapes = data
      .range(0, split.size, step)
      .map((id) => tidy(() => backend.execute('Shape', [examples.images(id)])[0]!));
    let [sum, count] = [0, 0];
    for await (const shape of shapes.ignoreErrors()) {
      const [height, width, channels] = shape.dataSync();
      sum += height! * width! * channels!;
      count++;
      shape.dispose();
    }
    return count === 0 ? 0 : (sum / count) * split.size;
  } finally {
    examples.dispose();
  }
}

interface Target {
  readonly path: string;
  readonly stamp: string;
  readonly signal: AbortSignal;
}

async function decode(
  backend: TensorFlowBackend,
  data: DatasetSources,
  split: CachedSplit,
  { path, stamp, signal }: Target,
): Promise<DecodedFile> {
  const { source, cache, onBadImage } = split;
  const examples = new Examples(backend, { ...split, transforms: [] });
  const part = `${path}.part`;
  let file: FileHandle | undefined;
  try {
    file = await open(part, 'w');
    const all = data.range(split.size).map((id) => ({ id, image: pixelsOf(backend, examples, id) }));
    const decoded = onBadImage === 'skip' ? all.ignoreErrors() : all;
    const sides = new Array<number>(2 * split.size).fill(0);
    const good: number[] = [];
    try {
      for await (const { id, image } of decoded.prefetch(AHEAD)) {
        const number = id.dataSync()[0]!;
        [sides[2 * number], sides[2 * number + 1]] = image.shape as [number, number];
        good.push(number);
        const pixels = bytesIn(backend, image);
        dispose([id, image]);
        signal.throwIfAborted();
        await file.appendFile(pixels);
        reportTenths(good.length, split.size, cache.report);
      }
    } catch (error) {
      throw examples.errorOf(good.length, error) ?? error;
    }
    const bad = await explained(data, examples, split, good);
    const description: Description = { stamp, channels: source.channels, sides, bad };
    await file.appendFile(ending(description));
    await file.sync();
    signal.throwIfAborted();
    await rename(part, path);
    await syncFolder(cache.folder);
    return { ...description, path };
  } catch (error) {
    if (file) await rm(part, { force: true }).catch(() => {}); // what was wrong before matters more
    throw error;
  } finally {
    await file?.close();
    examples.dispose();
  }
}

/** uint8 `[height, width, channels]` */
const pixelsOf = (backend: TensorFlowBackend, examples: Examples, id: Tensor) =>
  tidy(() => backend.execute('Cast', [examples.images(id)], { DstT: 'uint8' })[0]!);

/** tfjs, which has no bytes, would give them as int32. */
function bytesIn(backend: TensorFlowBackend, image: Tensor): Uint8Array {
  const { value, temporary } = backend.borrow(image);
  try {
    return backend.runtime.numbers(value) as Uint8Array;
  } finally {
    if (temporary) backend.runtime.delete(value);
  }
}

function reportTenths(done: number, size: number, report: DecodedCache['report']): void {
  const tenth = (count: number) => Math.floor((10 * count) / size);
  if (done < size && tenth(done) > tenth(done - 1)) report?.(`decoded ${done} of ${size} images`);
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Powers of ten, as disks are sold. */
const megabytes = (bytes: number) => `${Math.max(1, Math.round(bytes / 1e6))} MB`;
