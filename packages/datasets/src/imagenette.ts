import { parseOptions, type Transform } from '@paperlab/core';
import { join } from 'node:path';
import { z } from 'zod';
import { archivedImages } from './archived-images.js';
import { type ImageDataset, type ImageOptions, imageDataset, imageOptions } from './image-dataset.js';
import { imagesInFolder } from './image-folder.js';
import { findPhotos, verifyPhotos } from './photo-archive.js';
import { placesFrom } from './read-source-file.js';
import { imagenetteSource, imagewoofSource, type PhotoSize, type PhotoSource } from './sources.js';
import { tarMembers } from './tar-index.js';

/** Options of `imagenette` and `imagewoof`. */
export interface ImagenetteOptions extends Omit<ImageOptions, 'size'> {
  /**
   * Which of the published archives: that with photos whose shorter side has 160 or 320 pixels, or `full`, as they are in
   * ImageNet. Default 160.
   */
  readonly size?: PhotoSize;
  /**
   * They must settle the images' size. Default: the middle of 160×160 or 320×320 pixels; of `full`, the shorter side to 256 and
   * the middle of 224×224; then pixels to 0..1.
   */
  readonly transforms?: readonly Transform[];
}

const { size: _, ...others } = imageOptions;
const schema = z.strictObject({
  ...others,
  size: z.literal([160, 320, 'full'], '160, 320 or "full"').default(160),
});

/**
 * Imagenette 2: photos of ten classes of ImageNet that are easy to tell apart (Howard 2019), 9,469 for `train` and 3,925 in
 * the part `val`, which `valid` and `test` are.
 *
 * The archive (99 MB, 342 MB or 1.6 GB) is looked for in `PAPERLAB_DATA`, also unpacked, and in the cache, then downloaded. It is
 * decompressed once, into the cache; photos are read out of it.
 * @throws if an option is unknown or not allowed
 */
export function imagenette(options: ImagenetteOptions = {}): ImageDataset {
  return photoDataset(imagenetteSource, options);
}

/**
 * Imagewoof 2: as `imagenette`, with ten breeds of dogs, which are hard to tell apart; about 13,000 photos.
 * The archive has 93 MB, 328 MB or 1.3 GB.
 * @throws if an option is unknown or not allowed
 */
export function imagewoof(options: ImagenetteOptions = {}): ImageDataset {
  return photoDataset(imagewoofSource, options);
}

/** A dataset of photos in an archive, in class folders of its parts `train` and `val`. */
export function photoDataset(source: PhotoSource, options: ImagenetteOptions): ImageDataset {
  const { size, ...given } = parseOptions(schema, options, source.name);
  const archive = source.archives[size];
  const { name } = source;
  const folders = Object.keys(source.classes);
  return imageDataset(
    {
      name,
      classNames: Object.values(source.classes),
      shape: [-1, -1, 3],
      parts: ['train', 'val'],
      config: { size },
      checksums: (context) => verifyPhotos(source, archive, context, placesFrom(process.env)),
      async read(part, context) {
        const photos = await findPhotos(source, archive, context, placesFrom(process.env));
        const selection = { part, classNames: folders, channels: 3, owner: name } as const;
        if ('folder' in photos) return imagesInFolder(join(photos.folder, part), selection, context);
        const members = tarMembers(photos.tar);
        return archivedImages([{ path: photos.tar, members }], { ...selection, withParts: true });
      },
    },
    { transforms: usual(size), ...given },
  );
}

/** The middle of a photo, as large as most of them allow, and pixels to 0..1. */
function usual(size: PhotoSize): Transform[] {
  const [shorter, side] = size === 'full' ? [256, 224] : [size, size];
  return [
    { name: 'resize', size: shorter, antialias: true },
    { name: 'centerCrop', size: [side, side] },
    { name: 'scale', factor: 1 / 255, offset: 0 },
  ];
}
