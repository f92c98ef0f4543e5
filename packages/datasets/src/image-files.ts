import { createHash } from 'node:crypto';

/** Of so many files of a part, spread evenly, the digest has the sizes: asking for each takes long if there are many. */
const SIZES = 10_000;
/** Names that are hashed at once. */
const LINES = 4096;

/** Whether a file in a class folder is an image, by its name. Hidden ones, which macOS adds to archives, are none. */
export const isImageFile = (name: string): boolean => /\.(jpe?g|png)$/i.test(name) && !name.startsWith('.');

/**
 * Identifies the images of a part by their names, and by the sizes of up to 10,000 of them: the same for files in
 * folders and in archives.
 * @param nameOf gives `CLASS/FILE` of image `i`
 * @param sizeOf gives its length in bytes
 */
export function digestOfFiles(
  part: string,
  count: number,
  nameOf: (image: number) => string,
  sizeOf: (image: number) => number,
): string {
  const step = Math.ceil(count / SIZES);
  const digest = createHash('sha256');
  let lines = '';
  for (let i = 0; i < count; i++) {
    lines += i % step === 0 ? `${part}/${nameOf(i)} ${sizeOf(i)}\n` : `${part}/${nameOf(i)}\n`;
    if (i % LINES < LINES - 1) continue;
    digest.update(lines);
    lines = '';
  }
  return digest.update(lines).digest('hex');
}
