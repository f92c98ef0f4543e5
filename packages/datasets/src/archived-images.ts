import type { FileSource } from '@paperlab/core';
import { basename } from 'node:path';
import type { PublishedPart } from './image-dataset.js';
import { digestOfFiles, isImageFile } from './image-files.js';
import type { TarMember } from './tar-index.js';

/** A tar archive that is not compressed. */
export interface IndexedTar {
  readonly path: string;
  /** Its name for messages, if it has another. */
  readonly name?: string;
  readonly members: readonly TarMember[];
}

/** Which images of archives are meant. */
export interface Selection {
  readonly part: string;
  /** Names of the class folders, in the order of the labels. */
  readonly classNames: readonly string[];
  /** Whether archives hold several parts: `…/PART/CLASS/FILE`. Default: `…/CLASS/FILE`, all of it of the part. */
  readonly withParts?: boolean;
  readonly channels: FileSource['channels'];
  /** Name of the dataset. */
  readonly owner: string;
}

interface Image {
  readonly archive: number;
  readonly member: TarMember;
  readonly file: string;
}

/**
 * The images in tar archives, class by class, sorted by name: as class folders with the same files have them.
 * @throws in one line, if there are none, or some of a class that is not known
 */
export function archivedImages(archives: readonly IndexedTar[], selection: Selection): PublishedPart {
  const { part, classNames, channels, owner } = selection;
  const labelOf = new Map(classNames.map((name, label) => [name, label]));
  const byClass = classNames.map((): Image[] => []);
  const nameOf = ({ path, name = path }: IndexedTar) => name;
  for (const [archive, tar] of archives.entries()) {
    for (const member of tar.members) {
      const found = inClass(member.name, selection);
      if (!found) continue;
      const label = labelOf.get(found.className);
      if (label === undefined) {
        throw new Error(
          `${nameOf(tar)} has images of ${found.className}, which is no class of ${owner}; name it in classNames`,
        );
      }
      byClass[label]!.push({ archive, member, file: found.file });
    }
  }
  for (const images of byClass)
    images.sort((one, other) => (one.file < other.file ? -1 : one.file > other.file ? 1 : 0));
  const images = byClass.flat();
  if (images.length === 0) {
    const where = archives.map((tar) => basename(nameOf(tar))).join(', ');
    throw new Error(`${owner} finds no .jpg, .jpeg or .png files of ${part} in class folders in ${where}`);
  }
  const labels = Int32Array.from(byClass.flatMap((of, label) => of.map(() => label)));
  const source: FileSource = {
    kind: 'files',
    files: images.map(({ archive, member }) => `${nameOf(archives[archive]!)}/${member.name}`),
    channels,
    labels,
    archives: {
      paths: archives.map(({ path }) => path),
      archive: Int32Array.from(images, ({ archive }) => archive),
      offsets: Float64Array.from(images, ({ member }) => member.offset),
      bytes: Int32Array.from(images, ({ member }) => member.bytes),
    },
  };
  const digest = digestOfFiles(
    part,
    images.length,
    (i) => `${classNames[labels[i]!]}/${images[i]!.file}`,
    (i) => images[i]!.member.bytes,
  );
  return { source, digest };
}

/** Class and name of an image; nothing of other files, and of those of other parts. */
export function inClass(
  name: string,
  { part, withParts = false }: Pick<Selection, 'part' | 'withParts'>,
): { readonly className: string; readonly file: string } | undefined {
  const [file, className, folder] = name.split('/').reverse();
  if (file === undefined || className === undefined || !isImageFile(file)) return undefined;
  return withParts && folder !== part ? undefined : { className, file };
}
