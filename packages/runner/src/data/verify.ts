import type { Dataset, OpenContext, Split, SplitName } from '@paperlab/core';
import { createHash } from 'node:crypto';
import { imageBytes } from './image-bytes.js';

/** A file that has the checksum that is known of it. */
interface VerifiedFile {
  readonly file: string;
  /** `PAPERLAB_DATA`, `cache`, a package. */
  readonly place: string;
  /** `sha256:…` */
  readonly checksum: string;
}

/** What datasets have whose files' checksums are known; those of @paperlab/datasets do. */
interface WithChecksums {
  checksums?(context: OpenContext): Promise<readonly VerifiedFile[]>;
}

/** An image of a split. */
interface Place {
  readonly split: SplitName;
  /** Its number in the split. */
  readonly index: number;
  /** Where it is in a file. */
  readonly file?: string;
}

/** What was found out about a dataset. */
export interface Verification {
  /** None where no checksums are known. */
  readonly files: readonly VerifiedFile[];
  /** Images of each split. One that is the same as another before it (`valid` and `test`) has no entry. */
  readonly splits: Readonly<Partial<Record<SplitName, number>>>;
  /** Images that are the same byte for byte, all places of each. */
  readonly duplicates: readonly (readonly Place[])[];
  /** Images of each pair of splits that are in both: `train+valid`. */
  readonly overlaps: Readonly<Record<string, number>>;
}

const SPLITS: readonly SplitName[] = ['train', 'valid', 'test'];

/**
 * Verifies the files of a dataset whose checksums are known, and looks for images that are the same byte for byte (pixels in
 * memory, or files), in a split or in several: a test with images of `train` is worth less.
 * @throws in one line, if a file is damaged or cannot be read
 */
export async function verifyDataset(dataset: Dataset, context: OpenContext): Promise<Verification> {
  const { checksums } = dataset as Dataset & WithChecksums;
  const files = (await checksums?.call(dataset, context)) ?? [];
  const opened = new Map<SplitName, Split>();
  for (const name of SPLITS) {
    const split = await dataset.open(name, context);
    if ([...opened.values()].every(({ digest }) => digest !== split.digest)) opened.set(name, split);
  }
  const duplicates = await duplicatesIn(opened, context.signal);
  const names = [...opened.keys()];
  const overlaps: Record<string, number> = {};
  for (const [i, one] of names.entries()) {
    for (const other of names.slice(i + 1)) {
      const inBoth = duplicates.filter((group) =>
        [one, other].every((name) => group.some(({ split }) => split === name)),
      );
      overlaps[`${one}+${other}`] = inBoth.length;
    }
  }
  const splits = Object.fromEntries([...opened].map(([name, { size }]) => [name, size]));
  return { files, splits, duplicates, overlaps };
}

async function duplicatesIn(
  splits: ReadonlyMap<SplitName, Split>,
  signal: AbortSignal | undefined,
): Promise<Place[][]> {
  const places = new Map<string, Place[]>();
  for (const [split, { source, size }] of splits) {
    for (let index = 0; index < size; index++) {
      signal?.throwIfAborted();
      const hash = createHash('sha256')
        .update(await imageBytes(source, index))
        .digest('base64');
      const place = { split, index, ...(source.kind === 'files' && { file: source.files[index]! }) };
      const same = places.get(hash);
      if (same) same.push(place);
      else places.set(hash, [place]);
    }
  }
  return [...places.values()].filter((same) => same.length > 1);
}
