import type { FileSource, ImageSource } from '@paperlab/core';
import { open, readFile } from 'node:fs/promises';

/**
 * An image as it is stored: pixels in memory, or a file.
 * @throws in one line, naming it, if a file cannot be read
 */
export async function imageBytes(source: ImageSource, image: number): Promise<Uint8Array> {
  if (source.kind === 'arrays') {
    const length = source.shape.reduce((product, side) => product * side, 1);
    return source.images.subarray(image * length, (image + 1) * length);
  }
  const file = source.files[image]!;
  try {
    return await (source.archives ? readArchived(source.archives, image) : readFile(file));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(`${file} cannot be read (${code ?? message})`);
  }
}

async function readArchived(
  { paths, archive, offsets, bytes }: NonNullable<FileSource['archives']>,
  image: number,
): Promise<Uint8Array> {
  const file = await open(paths[archive[image]!]!);
  try {
    const content = Buffer.alloc(bytes[image]!);
    const { bytesRead } = await file.read(content, 0, content.length, offsets[image]!);
    if (bytesRead < content.length) throw new Error('its archive is cut off');
    return content;
  } finally {
    await file.close();
  }
}
