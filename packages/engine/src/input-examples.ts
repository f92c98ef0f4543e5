import type { Split, Transform } from '@paperlab/core';
import {
  add,
  dispose,
  keep,
  mul,
  scalar,
  Tensor,
  type Tensor3D,
  type Tensor4D,
  tidy,
} from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from './backend.js';
import type { DatasetSources } from './data/sources.js';
import { castImage, centerCrop, decodeBytes, readFile, resizeBilinear } from './image-ops.js';
import { TensorFlowError } from './status.js';

/** The examples of a split, drawn by number in tensor ops. */
export class Examples {
  /** Whether many can be drawn at once: images in memory, and transforms that take a batch. */
  readonly drawsBatches: boolean;
  readonly #split: Split;
  readonly #backend: TensorFlowBackend;
  /** uint8 `[size, height, width, channels]`, or paths `[size]` */
  readonly #images: Tensor;
  /** int32 `[size]` */
  readonly #labels: Tensor;
  /** Of every image, where it had to be found out. */
  #shape: readonly number[] | undefined;

  constructor(backend: TensorFlowBackend, split: Split) {
    const { size, source, transforms } = split;
    const { runtime } = backend;
    this.drawsBatches = source.kind === 'arrays' && transforms.every(({ name }) => name !== 'map');
    this.#split = split;
    this.#backend = backend;
    this.#images = keep(
      backend.wrap(
        source.kind === 'arrays'
          ? runtime.tensor('uint8', [size, ...source.shape], source.images)
          : runtime.tensor('string', [size], source.files),
      ),
    );
    this.#labels = keep(backend.wrap(runtime.tensor('int32', [size], source.labels)));
  }

  /**
   * @param ids int32: a scalar, or `[n]` if it draws batches
   * @returns images after the transforms, float32
   */
  images(ids: Tensor): Tensor {
    const { source, transforms } = this.#split;
    return tidy(() => {
      const drawn = this.#gather(this.#images, ids);
      const pixels = source.kind === 'arrays' ? drawn : decodeBytes(readFile(drawn), source);
      const image = transforms.reduce<Tensor>(transformed, castImage(pixels, 'float32'));
      return this.#shape ? this.#backend.execute('EnsureShape', [image], { shape: this.#shape })[0]! : image;
    });
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
    dispose([this.#images, this.#labels]);
  }

  #gather(from: Tensor, ids: Tensor): Tensor {
    return tidy(() => this.#backend.execute('GatherV2', [from, ids, scalar(0, 'int32')])[0]!);
  }
}

/** @param image one `[height, width, channels]`, or a batch of them, which the transform `map` does not take */
function transformed(image: Tensor, transform: Transform): Tensor {
  switch (transform.name) {
    case 'resize':
      return resizeBilinear(image as Tensor3D | Tensor4D, transform.size, transform);
    case 'centerCrop':
      return centerCrop(image as Tensor3D | Tensor4D, transform.size);
    case 'scale': {
      const scaled = mul(image, transform.factor);
      return transform.offset === 0 ? scaled : add(scaled, transform.offset);
    }
    case 'map':
      return mapped(transform, image as Tensor3D);
  }
}

function mapped({ label, fn }: Extract<Transform, { name: 'map' }>, image: Tensor3D): Tensor3D {
  let result: Tensor3D;
  try {
    result = fn(image);
  } catch (error) {
    throw new Error(`Transform ${label}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  if (result instanceof Tensor && result.rank === 3 && result.dtype === 'float32') return result;
  const given = result instanceof Tensor ? `${result.dtype} [${result.shape.join(', ')}]` : typeof result;
  throw new Error(`Transform ${label} gives ${given}; it must give float32 [height, width, channels].`);
}

/** @throws unless the split holds as much as it says */
export function checkSplit(split: Split): Split {
  const { size, source } = split;
  const images =
    source.kind === 'files'
      ? source.files.length
      : source.images.length / source.shape.reduce((product, n) => product * n, 1);
  if (images === size && source.labels.length === size) return split;
  throw new Error(
    `The split has ${images} images and ${source.labels.length} labels; it says that it has ${size}.`,
  );
}
