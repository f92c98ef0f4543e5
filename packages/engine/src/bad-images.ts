import type { FileSource, Split } from '@paperlab/core';
import { dispose, slice, tidy } from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from './backend.js';
import type { DatasetSources } from './data/sources.js';
import { Examples } from './input-examples.js';

/** Images whose numbers come in one piece, while the next ones are decoded. */
const PIECE = 256;

/** A split without the files that cannot be decoded, and what is wrong with these, a line each. */
export interface GoodImages {
  readonly split: Split;
  readonly skipped: readonly string[];
}

/**
 * Decodes all files of a split once, on all cores, and leaves out those that are missing or no images. What is left is in the
 * same order, so that the same files make the same epochs.
 * @throws if none is left
 */
export async function withoutBadImages(
  backend: TensorFlowBackend,
  data: DatasetSources,
  split: Split,
): Promise<GoodImages> {
  const { source } = split;
  if (source.kind !== 'files') return { split, skipped: [] };
  const examples = new Examples(backend, { ...split, transforms: [] });
  const decoded = (first: number, end: number) =>
    data.range(first, end).map((id) => {
      const pixel = tidy(() => slice(examples.images(id), [0, 0, 0], [1, 1, 1]));
      return { id, pixel };
    });
  try {
    const good: number[] = [];
    for await (const { id, pixel } of decoded(0, split.size).ignoreErrors().batch(PIECE).prefetch(1)) {
      good.push(...id.dataSync());
      id.dispose();
      pixel.dispose();
    }
    if (good.length === split.size) return { split, skipped: [] };
    const isGood = new Set(good);
    const bad = Array.from({ length: split.size }, (_, id) => id).filter((id) => !isGood.has(id));
    const skipped: string[] = [];
    for (const id of bad) {
      try {
        for await (const element of decoded(id, id + 1)) dispose(element);
        skipped.push(`Image file ${source.files[id]} cannot be used`); // it was there again
      } catch (error) {
        skipped.push((examples.errorOf(id, error) ?? (error as Error)).message);
      }
    }
    if (good.length === 0)
      throw new Error(`None of the ${split.size} images can be used. The first: ${skipped[0]}`);
    return { split: { ...split, size: good.length, source: only(source, good) }, skipped };
  } finally {
    examples.dispose();
  }
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
