import type { FileSource, Split } from '@paperlab/core';
import { dispose, slice, tidy } from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from './backend.js';
import type { DatasetSources } from './data/sources.js';
import { Examples } from './input-examples.js';

/** Images whose numbers come in one piece, while the next ones are decoded. */
const PIECE = 256;

/** An image of a split that cannot be used. */
export interface BadImage {
  readonly id: number;
  /** What is wrong with it, a line that names its file. */
  readonly message: string;
}

/** Decodes all files of a split once, on all cores, and finds those that are missing or no images. */
export async function badImages(
  backend: TensorFlowBackend,
  data: DatasetSources,
  split: Split,
): Promise<BadImage[]> {
  if (split.source.kind !== 'files') return [];
  const examples = new Examples(backend, { ...split, transforms: [] });
  try {
    const good: number[] = [];
    const decoded = data.range(split.size).map((id) => ({ id, pixel: pixelOf(examples, id) }));
    for await (const { id, pixel } of decoded.ignoreErrors().batch(PIECE).prefetch(1)) {
      good.push(...id.dataSync());
      id.dispose();
      pixel.dispose();
    }
    return await explained(data, examples, split, good);
  } finally {
    examples.dispose();
  }
}

/**
 * What is wrong with all other images of a split.
 * @param good   numbers of those that could be decoded
 * @param examples of the split, without transforms
 */
export async function explained(
  data: DatasetSources,
  examples: Examples,
  { size, source }: Split,
  good: readonly number[],
): Promise<BadImage[]> {
  if (source.kind !== 'files' || good.length === size) return [];
  const isGood = new Set(good);
  const bad: BadImage[] = [];
  for (let id = 0; id < size; id++) {
    if (isGood.has(id)) continue;
    let message = `Image file ${source.files[id]} cannot be used`; // where it is there again
    try {
      for await (const pixel of data.range(id, id + 1).map((id) => pixelOf(examples, id))) dispose(pixel);
    } catch (error) {
      message = (examples.errorOf(id, error) ?? (error as Error)).message;
    }
    bad.push({ id, message });
  }
  return bad;
}

const pixelOf = (examples: Examples, id: Parameters<Examples['images']>[0]) =>
  tidy(() => slice(examples.images(id), [0, 0, 0], [1, 1, 1]));

/**
 * A split without some images. What is left is in the same order, so that the same files make the same epochs.
 * @throws if none is left
 */
export function without(split: Split, bad: readonly BadImage[]): Split {
  const { size, source } = split;
  if (source.kind !== 'files' || bad.length === 0) return split;
  if (bad.length === size)
    throw new Error(`None of the ${size} images can be used. The first: ${bad[0]!.message}`);
  const good = goodOf(size, bad);
  return { ...split, size: good.length, source: only(source, good) };
}

/** The numbers of all images but the bad ones. */
export function goodOf(size: number, bad: readonly BadImage[]): number[] {
  const isBad = new Set(bad.map(({ id }) => id));
  return Array.from({ length: size }, (_, id) => id).filter((id) => !isBad.has(id));
}

function only(source: FileSource, ids: readonly number[]): FileSource {
  const { archives } = source;
  return {
    ...source,
    files: ids.map((id) => source.files[id]!),
    labels: Int32Array.from(ids, (id) => source.labels[id]!),
    ...(archives && {
      archives: {
        paths: archives.paths,
        archive: Int32Array.from(ids, (id) => archives.archive[id]!),
        offsets: Float64Array.from(ids, (id) => archives.offsets[id]!),
        bytes: Int32Array.from(ids, (id) => archives.bytes[id]!),
      },
    }),
  };
}
