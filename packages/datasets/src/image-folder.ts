import { type OpenContext, parseOptions } from '@paperlab/core';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import type { Selection } from './archived-images.js';
import { findFolder } from './find-folder.js';
import {
  type ImageDataset,
  type ImageOptions,
  imageDataset,
  imageOptions,
  type PublishedPart,
} from './image-dataset.js';
import { digestOfFiles, isImageFile } from './image-files.js';

/** Options of `imageFolder`. */
export interface ImageFolderOptions extends ImageOptions {
  /** Path of the folder; a relative one is looked for in `PAPERLAB_DATA` first, then in the working directory. */
  readonly folder: string;
  /** Default `image-folder`. */
  readonly name?: string;
  /** Names of class folders in the order of their labels. Default: those of `train`, sorted. */
  readonly classNames?: readonly string[];
  /** 1 makes images grey, 3 RGB. Default 3. */
  readonly channels?: 1 | 3;
}

const name = 'letters, digits and hyphens, as image-folder has them';
export const nameOption = z.string(name).regex(/^[a-z0-9][a-z0-9-]*$/, name);
export const classNamesOption = z.array(z.string('text'), 'a list of names').min(1, 'a list of names');
export const channelsOption = z.literal([1, 3], '1 or 3');
const schema = z.strictObject({
  ...imageOptions,
  folder: z.string('the path of a folder'),
  name: nameOption.default('image-folder'),
  classNames: classNamesOption.optional(),
  channels: channelsOption.default(3),
});

/**
 * JPEG and PNG files in class folders, `PART/CLASS/FILE`, as torchvision's `ImageFolder` and Imagenette have them. The
 * folders at the top are the parts: `train`, and `valid`, `val`, `validation` or `test`; other files are left alone.
 * Names are read when the dataset is made, files when they are drawn. `size` is needed unless a transform settles it.
 *
 * The digest is of the names of the files and of up to 10,000 of their sizes, not of their content.
 * @throws if there is no such folder, it has no class folders, or an option is unknown or not allowed
 */
export function imageFolder(options: ImageFolderOptions): ImageDataset {
  const { folder, name, classNames, channels, ...others } = parseOptions(schema, options, 'imageFolder');
  const path = findFolder(folder, name);
  const parts = foldersIn(path);
  if (!parts.includes('train')) {
    throw new Error(`${name} needs a folder train with a folder for each class in ${path}; there is none`);
  }
  const classes = classNames ?? foldersIn(join(path, 'train'));
  if (classes.length === 0) throw new Error(`${name} finds no class folders in ${join(path, 'train')}`);
  return imageDataset(
    {
      name,
      classNames: classes,
      shape: [-1, -1, channels],
      parts,
      config: { folder, channels },
      read: (part, context) =>
        imagesInFolder(join(path, part), { part, classNames: classes, channels, owner: name }, context),
    },
    others,
  );
}

const foldersIn = (path: string) =>
  readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();

/**
 * The images in class folders, class by class, sorted by name. Only names are read, but for the sizes of some files: more than
 * a million open in seconds.
 * @throws in one line, if there are none, or a folder is of no class
 */
export async function imagesInFolder(
  path: string,
  { part, classNames, channels, owner }: Selection,
  { signal }: OpenContext,
): Promise<PublishedPart> {
  const stranger = foldersIn(path).find((name) => !classNames.includes(name));
  if (stranger !== undefined) {
    throw new Error(
      `${join(path, stranger)} is no class of ${owner}; take the folder away, or name it in classNames`,
    );
  }
  const files: string[] = [];
  const counts: number[] = [];
  for (const className of classNames) {
    const folder = join(path, className);
    const before = files.length;
    if (existsSync(folder))
      for (const file of readdirSync(folder).filter(isImageFile).sort()) files.push(`${folder}${sep}${file}`);
    counts.push(files.length - before);
    await setImmediate(undefined, { signal });
  }
  if (files.length === 0)
    throw new Error(`${owner} finds no .jpg, .jpeg or .png files in the class folders of ${path}`);
  const labels = new Int32Array(files.length);
  let first = 0;
  for (const [label, count] of counts.entries()) labels.fill(label, first, (first += count));
  const digest = digestOfFiles(
    part,
    files.length,
    (i) => files[i]!.slice(path.length + 1).replaceAll(sep, '/'),
    (i) => statSync(files[i]!).size,
  );
  return { source: { kind: 'files', files, channels, labels }, digest };
}
