import { randomDraws, randomNumbers, type Split } from '@paperlab/core';
import {
  dispose,
  expandDims,
  keep,
  reshape,
  scalar,
  type Tensor,
  type Tensor4D,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from './backend.js';
import type { DatasetSources } from './data/sources.js';
import type { DecodedImages } from './decoded-images.js';
import { exampleDraws } from './example-draws.js';
import { readFile } from './image-ops.js';
import { ArchivedFiles } from './input-archives.js';
import { TensorFlowError } from './status.js';
import { onlyImage, Transforms } from './transforms.js';

/** The examples of a split, drawn by number in tensor ops. */
export class Examples {
  /** Whether many can be drawn at once: images in memory, and transforms that take a batch. */
  readonly drawsBatches: boolean;
  readonly #split: Split;
  readonly #transforms: Transforms;
  readonly #backend: TensorFlowBackend;
  /** uint8 `[size, height, width, channels]`, or paths `[size]`; none where the files are in archives or were decoded before */
  readonly #images: Tensor | undefined;
  readonly #archives: ArchivedFiles | undefined;
  readonly #decoded: DecodedImages | undefined;
  /** int32 `[size]` */
  readonly #labels: Tensor;
  /** Of the epoch, for each random transform: what one image draws, `[1, numbers]`. */
  #drawsOf: (id: Tensor) => Tensor[] = () => [];
  /** What all images draw, `[size, numbers]` for each, where batches of them are drawn. */
  #tables: Tensor[] = [];
  /** Of every image, where it had to be found out. */
  #shape: readonly number[] | undefined;

  /** @param decoded the same images, if they were decoded before; they are disposed with this */
  constructor(backend: TensorFlowBackend, split: Split, decoded?: DecodedImages) {
    const { size, source, transforms } = split;
    const { runtime } = backend;
    this.#split = split;
    this.#transforms = new Transforms(transforms);
    this.drawsBatches = source.kind === 'arrays' && this.#transforms.takeBatches;
    this.#backend = backend;
    this.#decoded = decoded;
    if (decoded) {
      // No file is read.
    } else if (source.kind === 'files' && source.archives) {
      this.#archives = new ArchivedFiles(backend, source.archives);
    } else {
      this.#images = keep(
        backend.wrap(
          source.kind === 'arrays'
            ? runtime.tensor('uint8', [size, ...source.shape], source.images)
            : runtime.tensor('string', [size], source.files),
        ),
      );
    }
    this.#labels = keep(backend.wrap(runtime.tensor('int32', [size], source.labels)));
    this.startEpoch(0, 0);
  }

  /** Draws for the random transforms of the images that `images` describes from now on. */
  startEpoch(seed: number, epoch: number): void {
    const { size, transforms } = this.#split;
    dispose(this.#tables);
    this.#tables = this.drawsBatches ? randomDraws(transforms, { seed, epoch, size }).map(keep) : [];
    const numbers = randomNumbers(transforms, seed);
    this.#drawsOf = (id) => numbers.map((each) => exampleDraws(this.#backend, each, epoch, id));
  }

  /**
   * @param ids int32: a scalar, or `[n]` if it draws batches
   * @returns images after the transforms, float32
   */
  images(ids: Tensor): Tensor {
    const { source } = this.#split;
    return tidy(() => {
      const batch = reshape(ids, [-1]);
      const draws =
        ids.rank === 0 ? this.#drawsOf(ids) : this.#tables.map((table) => this.#gather(table, batch));
      if (source.kind === 'arrays') {
        const images = this.#transforms.apply(this.#images as Tensor4D, batch, draws);
        return ids.rank === 0 ? this.#settled(images) : images;
      }
      return this.#settled(
        this.#decoded
          ? this.#transforms.apply(expandDims(this.#decoded.image(ids)), zeros([1], 'int32'), draws)
          : this.#transforms.applyToFile(this.#bytes(ids), source, draws),
      );
    });
  }

  /** Of an image file, a string scalar. */
  #bytes(id: Tensor): Tensor {
    return this.#archives?.read(id) ?? readFile(this.#gather(this.#images!, id));
  }

  /** One image of a batch of one, of the shape that all have. */
  #settled(images: Tensor4D): Tensor {
    const image = onlyImage(images);
    return this.#shape ? this.#backend.execute('EnsureShape', [image], { shape: this.#shape })[0]! : image;
  }

  /** @param ids int32, of any shape */
  labels(ids: Tensor): Tensor {
    return this.#gather(this.#labels, ids);
  }

  /**
   * Finds out the images' shape where neither the split nor its transforms say it: it is that of the first file, and all
   * others must have it too.
   */
  async settleShape(data: DatasetSources): Promise<void> {
    if (this.drawsBatches) return;
    const first = data.range(1).map((id) => this.images(id));
    if (!first.elementSpec.shape.includes(-1)) return;
    try {
      for await (const image of first) {
        this.#shape = image.shape;
        image.dispose();
      }
    } catch (error) {
      throw this.errorOf(0, error) ?? error;
    }
  }

  /** An error in drawing an example that names its file, if it has one. */
  errorOf(id: number, cause: unknown): Error | undefined {
    const { source } = this.#split;
    if (source.kind !== 'files' || !(cause instanceof TensorFlowError)) return undefined;
    const file = source.files[id]!;
    const reason = cause.message
      .slice(`${cause.op}: `.length)
      .replace(/^Error in user-defined function passed to .*? with iterator: [\w:]+: /, '')
      .replace(`${file}; `, '');
    return new Error(`Image file ${file} cannot be used: ${reason}`, { cause });
  }

  dispose(): void {
    dispose([...(this.#images ? [this.#images] : []), this.#labels, ...this.#tables]);
    this.#archives?.dispose();
    this.#decoded?.dispose();
  }

  #gather(from: Tensor, ids: Tensor): Tensor {
    return tidy(() => this.#backend.execute('GatherV2', [from, ids, scalar(0, 'int32')])[0]!);
  }
}
