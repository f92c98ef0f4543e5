import { type FileSource, type OpenContext, parseOptions } from '@paperlab/core';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { z } from 'zod';
import { archivedImages, inClass, type IndexedTar } from './archived-images.js';
import { findFolder } from './find-folder.js';
import { type ImageDataset, type ImageOptions, imageDataset, imageOptions } from './image-dataset.js';
import { channelsOption, classNamesOption, nameOption } from './image-folder.js';
import { makePlainTar } from './plain-tar.js';
import { cacheFolder, placesFrom } from './read-source-file.js';
import { tarMembers } from './tar-index.js';

/** Options of `imageTar`. */
export interface ImageTarOptions extends ImageOptions {
  /** Path of the folder with the archives; a relative one is looked for in `PAPERLAB_DATA` first, then in the working directory. */
  readonly folder: string;
  /** Default `image-tar`. */
  readonly name?: string;
  /** Names of class folders in the order of their labels. Default: those in the archives of `train`, sorted. */
  readonly classNames?: readonly string[];
  /** 1 makes images grey, 3 RGB. Default 3. */
  readonly channels?: FileSource['channels'];
}

const schema = z.strictObject({
  ...imageOptions,
  folder: z.string('the path of a folder'),
  name: nameOption.default('image-tar'),
  classNames: classNamesOption.optional(),
  channels: channelsOption.default(3),
});

/** `train.tar`, `train-0007.tar.gz`: the part, and whether it is compressed. */
const shard = /^([a-z]+)(?:[-_.].*)?\.(?:tar|(tar\.gz|tgz))$/;

interface Shard {
  readonly file: string;
  readonly part: string;
  readonly compressed: boolean;
}

/**
 * JPEG and PNG files in tar archives, read out of them without unpacking: `PART.tar`, or several, `PART-NUMBER.tar`, each with
 * files `CLASS/FILE`. What parts there are is as with `imageFolder`; other files are left alone. A folder and archives of the
 * same files give the same images in the same order.
 *
 * Of an archive only the headers are read when the dataset is opened. A compressed one (`.tar.gz`, `.tgz`) is decompressed
 * once, to a plain one in the cache; its classes are not known before, so that it needs `classNames`.
 *
 * The digest is of the names of the files and of up to 10,000 of their sizes, not of their content.
 * @throws if there is no such folder, it has no archives of `train`, or an option is unknown or not allowed
 */
export function imageTar(options: ImageTarOptions): ImageDataset {
  const { folder, name, classNames, channels, ...others } = parseOptions(schema, options, 'imageTar');
  const path = findFolder(folder, name);
  const shards = shardsIn(path, name);
  const classes = classNames ?? classesIn(path, shards, name);
  return imageDataset(
    {
      name,
      classNames: classes,
      shape: [-1, -1, channels],
      parts: [...new Set(shards.map(({ part }) => part))],
      config: { folder, channels },
      async read(part, context) {
        const archives: IndexedTar[] = [];
        for (const shard of shards.filter((shard) => shard.part === part)) {
          archives.push(await indexed(join(path, shard.file), shard, name, context));
          await setImmediate(undefined, { signal: context.signal });
        }
        return archivedImages(archives, { part, classNames: classes, channels, owner: name });
      },
    },
    others,
  );
}

function shardsIn(path: string, owner: string): Shard[] {
  const shards = readdirSync(path)
    .sort()
    .flatMap((file): Shard[] => {
      const [, part, gzip] = shard.exec(file) ?? [];
      return part === undefined ? [] : [{ file, part, compressed: gzip !== undefined }];
    });
  if (!shards.some(({ part }) => part === 'train')) {
    throw new Error(`${owner} needs train.tar, or train-….tar, .tar.gz or .tgz, in ${path}; there is none`);
  }
  const stems = new Map<string, string>();
  for (const { file } of shards) {
    const stem = file.replace(/\.(tar|tar\.gz|tgz)$/, '');
    const other = stems.get(stem);
    if (other !== undefined) {
      throw new Error(`${other} and ${file} in ${path} look like the same archive twice; take one away`);
    }
    stems.set(stem, file);
  }
  return shards;
}

function classesIn(path: string, shards: readonly Shard[], owner: string): string[] {
  const names = new Set<string>();
  for (const { file, part, compressed } of shards) {
    if (part !== 'train') continue;
    if (compressed) {
      throw new Error(
        `${owner} cannot know the classes in ${file} before it is unpacked; name them in classNames`,
      );
    }
    for (const { name } of tarMembers(join(path, file))) {
      const className = inClass(name, { part })?.className;
      if (className !== undefined) names.add(className);
    }
  }
  if (names.size > 0) return [...names].sort();
  throw new Error(
    `${owner} finds no files CLASS/FILE.jpg, .jpeg or .png in the archives of train in ${path}`,
  );
}

/** An archive's files; a compressed one's in the plain one that is made of it. */
async function indexed(
  path: string,
  { file, compressed }: Shard,
  owner: string,
  context: OpenContext,
): Promise<IndexedTar> {
  if (!compressed) return { path, members: tarMembers(path) };
  const { size, mtimeMs } = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`${path} cannot be read (${error.code})`);
  });
  // Another archive of the same name gets another place.
  const key = createHash('sha256').update(`${path} ${size} ${mtimeMs}`).digest('hex').slice(0, 16);
  const { cache } = placesFrom(process.env);
  const target = join(cacheFolder(owner, cache).path, `${file.replace(/\.(tar\.gz|tgz)$/, '')}-${key}.tar`);
  await makePlainTar(path, target, context);
  return { path: target, name: path, members: tarMembers(target) };
}
