import type { Dataset } from '@paperlab/core';
import { count } from './count.js';
import type { Verification } from './verify.js';

/** So many groups of duplicates are listed. */
const LISTED = 10;

/** What was found out about a dataset, for people. */
export function verificationText(
  { name }: Dataset,
  { files, splits, duplicates, overlaps }: Verification,
): string {
  const place = ({ split, index, file }: Verification['duplicates'][number][number]) =>
    `${split} ${index}${file === undefined ? '' : ` (${file})`}`;
  const copies = duplicates.reduce((sum, group) => sum + group.length - 1, 0);
  const more = duplicates.length - LISTED;
  return [
    ...(files.length === 0 ? [`${name}: no checksums are known of its files`] : []),
    ...files.map(
      ({ file, place, checksum }) => `${file} (${place}): ${checksum.replace(':', ' ')}, as it should be`,
    ),
    Object.entries(splits)
      .map(([split, size]) => `${split} ${count(size)}`)
      .join(', ') + ' images',
    copies === 0
      ? 'no image is there twice'
      : `${count(copies)} ${copies === 1 ? 'image is a copy' : 'images are copies'} of others:`,
    ...duplicates.slice(0, LISTED).map((group) => `  ${group.map(place).join(' = ')}`),
    ...(more > 0 ? [`  and ${count(more)} more; --json has all`] : []),
    ...Object.entries(overlaps).map(([pair, shared]) => {
      const [one, other] = pair.split('+');
      return `${count(shared)} ${shared === 1 ? 'image' : 'images'} of ${one} ${shared === 1 ? 'is' : 'are'} in ${other} too`;
    }),
  ].join('\n');
}
