import { type Dataset, type FileSource, type OpenContext, parseOptions } from '@paperlab/core';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import { type ImageOptions, imageDataset, imageOptions, type PublishedPart } from './image-dataset.js';

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
const schema = z.strictObject({
  ...imageOptions,
  folder: z.string('the path of a folder'),
  name: z
    .string(name)
    .regex(/^[a-z0-9][a-z0-9-]*$/, name)
    .default('image-folder'),
  classNames: z.array(z.string('text'), 'a list of names').min(1, 'a list of names').optional(),
  channels: z.literal([1, 3], '1 or 3').default(3),
});

const imageFile = /\.(jpe?g|png)$/i;

/**
 * JPEG and PNG files in class folders, `PART/CLASS/FILE`, as torchvision's `ImageFolder` and Imagenette have them. The
 * folders at the top are the parts: `train`, and `valid`, `val`, `validation` or `test`; other files are left alone.
 * Names are read when the dataset is made, files when they are drawn. `size` is needed unless a transform settles it.
 *
 * The digest is of the names and sizes of the files, not of their content.
 * @throws if there is no such folder, it has no class folders, or an option is unknown or not allowed
 */
export function imageFolder(options: ImageFolderOptions): Dataset {
  const { folder, name, classNames, channels, ...others } = parseOptions(schema, options, 'imageFolder');
  const path = find(folder, name);
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
      read: async (part, context) => ({
        ...(await list(join(path, part), part, classes, channels, name, context)),
      }),
    },
    others,
  );
}

function find(folder: string, owner: string): string {
  const data = process.env['PAPERLAB_DATA'];
  const places = [...(data ? [resolve(data, folder)] : []), resolve(folder)];
  const found = places.find((place) => existsSync(place));
  if (found && statSync(found).isDirectory()) return found;
  if (found) throw new Error(`${owner} needs a folder; ${found} is a file`);
  throw new Error(`${owner} needs the folder ${places.join(' or ')}; there is none`);
}

const foldersIn = (path: string) =>
  readdirSync(path, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();

/** The images of a part, class by class, sorted by name. */
async function list(
  path: string,
  part: string,
  classNames: readonly string[],
  channels: FileSource['channels'],
  owner: string,
  { signal }: OpenContext,
): Promise<PublishedPart> {
  const stranger = foldersIn(path).find((name) => !classNames.includes(name));
  if (stranger !== undefined) {
    throw new Error(
      `${join(path, stranger)} is no class of ${owner}; take the folder away, or name it in classNames`,
    );
  }
  const files: string[] = [];
  const labels: number[] = [];
  const digest = createHash('sha256');
  for (const [label, className] of classNames.entries()) {
    const folder = join(path, className);
    if (!existsSync(folder)) continue;
    for (const file of readdirSync(folder)
      .filter((name) => imageFile.test(name))
      .sort()) {
      files.push(join(folder, file));
      labels.push(label);
      digest.update(`${part}/${className}/${file} ${statSync(join(folder, file)).size}\n`);
    }
    await setImmediate(undefined, { signal });
  }
  if (files.length === 0)
    throw new Error(`${owner} finds no .jpg, .jpeg or .png files in the class folders of ${path}`);
  const source: FileSource = { kind: 'files', files, channels, labels: Int32Array.from(labels) };
  return { source, digest: digest.digest('hex') };
}
