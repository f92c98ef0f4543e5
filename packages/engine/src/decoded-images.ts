import { dispose, keep, scalar, type Tensor, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from './backend.js';
import { bytesOf, type DecodedFile } from './decoded-file.js';
import { ArchivedFiles } from './input-archives.js';

/** Images that were decoded before, read by number in tensor ops out of a file that is mapped into memory. */
export class DecodedImages {
  readonly #backend: TensorFlowBackend;
  readonly #pixels: ArchivedFiles;
  /** int32 `[size, 3]` */
  readonly #shapes: Tensor;
  readonly #channels: number;

  /** @param ids of the images, by their numbers from now on */
  constructor(backend: TensorFlowBackend, file: DecodedFile, ids: readonly number[]) {
    const { path, sides, channels } = file;
    const bytes = bytesOf(file);
    const offsets = new Float64Array(bytes.length);
    for (let i = 1; i < bytes.length; i++) offsets[i] = offsets[i - 1]! + bytes[i - 1]!;
    this.#backend = backend;
    this.#channels = channels;
    this.#pixels = new ArchivedFiles(backend, {
      paths: [path],
      archive: new Int32Array(ids.length),
      offsets: Float64Array.from(ids, (id) => offsets[id]!),
      bytes: Int32Array.from(ids, (id) => bytes[id]!),
    });
    const shapes = Int32Array.from(ids.flatMap((id) => [sides[2 * id]!, sides[2 * id + 1]!, channels]));
    this.#shapes = keep(backend.wrap(backend.runtime.tensor('int32', [ids.length, 3], shapes)));
  }

  /**
   * @param id int32 scalar
   * @returns uint8 `[height, width, channels]`
   */
  image(id: Tensor): Tensor3D {
    const backend = this.#backend;
    return tidy(() => {
      const [shape] = backend.execute('GatherV2', [this.#shapes, id, scalar(0, 'int32')]);
      const image = backend.execute('Reshape', [this.#pixels.bytes(id), shape!]);
      return backend.execute('EnsureShape', image, { shape: [-1, -1, this.#channels] })[0] as Tensor3D;
    });
  }

  dispose(): void {
    this.#pixels.dispose();
    dispose(this.#shapes);
  }
}
