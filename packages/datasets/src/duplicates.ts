import type { Split } from '@paperlab/core';
import { createHash } from 'node:crypto';
import { imageBytes } from './image-bytes.js';

/** An image of one of several splits. */
export interface ImagePlace {
  /** Name of the split. */
  readonly split: string;
  /** Number of the image in it. */
  readonly index: number;
}

/**
 * Finds images that are the same byte for byte (pixels in memory, or files), in one split or in several: what is in
 * `train` and `test` both makes a test worth less.
 *
 * @example
 * const groups = await duplicateImages({ train: await set.open('train'), test: await set.open('test') });
 * const leaks = groups.filter((group) => new Set(group.map(({ split }) => split)).size > 1);
 * @returns a group for each such image, with all of its places
 * @throws if a file cannot be read
 */
export async function duplicateImages(splits: Readonly<Record<string, Split>>): Promise<ImagePlace[][]> {
  const places = new Map<string, ImagePlace[]>();
  for (const [split, { source, size }] of Object.entries(splits)) {
    for (let index = 0; index < size; index++) {
      const hash = createHash('sha256')
        .update(await imageBytes(source, index))
        .digest('base64');
      const same = places.get(hash);
      if (same) same.push({ split, index });
      else places.set(hash, [{ split, index }]);
    }
  }
  return [...places.values()].filter((same) => same.length > 1);
}
