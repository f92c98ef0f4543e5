import { createHash } from 'node:crypto';
import { readIdx } from './idx.js';
import { type ImageDataset, type ImageOptions, imageDataset } from './image-dataset.js';
import { readSourceFile, verifySourceFile } from './read-source-file.js';
import type { IdxSource } from './sources.js';

/** Height and width of the images in the files of MNIST and of the sets made in its likeness. */
const side = 28;

/** A dataset in MNIST's format: 28×28 gray images, one file each for the images and labels of training and test. */
export function idxDataset(
  source: IdxSource,
  classNames: readonly string[],
  options: ImageOptions,
): ImageDataset {
  return imageDataset(
    {
      name: source.name,
      classNames,
      shape: [side, side, 1],
      parts: ['train', 'test'],
      checksums: (context) =>
        Promise.all(
          [source.train, source.test]
            .flatMap(({ images, labels }) => [images, labels])
            .map((file) => verifySourceFile(source, file, context)),
        ),
      async read(part, context) {
        const files = part === 'train' ? source.train : source.test;
        const images = await readSourceFile(source, files.images, context);
        const labels = await readSourceFile(source, files.labels, context);
        return {
          source: {
            kind: 'arrays',
            images: readIdx(images, 3, files.images.name).data,
            shape: [side, side, 1],
            labels: Int32Array.from(readIdx(labels, 1, files.labels.name).data),
          },
          digest: createHash('sha256').update(images).update(labels).digest('hex'),
        };
      },
    },
    options,
  );
}
