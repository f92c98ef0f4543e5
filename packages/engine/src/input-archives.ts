import type { FileSource } from '@paperlab/core';
import { dispose, keep, neg, scalar, type Tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from './backend.js';
import type { EagerTensor } from './value.js';

/**
 * Files that are parts of archives, read by number in tensor ops. TensorFlow's ReadFile reads whole files only. So each
 * archive is mapped into memory as one tensor of bytes (ImmutableConst), which takes address space and no memory of its own;
 * a slice of it is the file. tfjs has no dtype for bytes, and TensorFlow's decoders take strings: SerializeTensor writes
 * the bytes behind a header, which is cut off.
 */
export class ArchivedFiles {
  readonly #backend: TensorFlowBackend;
  /** A list of the archives' bytes, uint8 each: picking one copies nothing. */
  readonly #archives: Tensor;
  /** int32 `[size]` */
  readonly #archive: Tensor;
  /** int64 `[size]` */
  readonly #offsets: Tensor;
  /** int32 `[size]` */
  readonly #bytes: Tensor;

  /** @throws, naming it, if an archive cannot be read or is shorter than its files need */
  constructor(backend: TensorFlowBackend, archives: NonNullable<FileSource['archives']>) {
    const { runtime } = backend;
    const { paths, archive, offsets, bytes } = archives;
    const size = archive.length;
    this.#backend = backend;
    this.#archives = keep(backend.wrap(mapped(backend, paths, lengths(archives))));
    this.#archive = keep(backend.wrap(runtime.tensor('int32', [size], archive)));
    this.#offsets = keep(backend.wrap(runtime.tensor('int64', [size], BigInt64Array.from(offsets, BigInt))));
    this.#bytes = keep(backend.wrap(runtime.tensor('int32', [size], bytes)));
  }

  /**
   * The bytes of a file, a string scalar.
   * @param id int32 scalar
   */
  read(id: Tensor): Tensor {
    const backend = this.#backend;
    return tidy(() => {
      const [serialized] = backend.execute('SerializeTensor', [this.bytes(id)]);
      const [length] = backend.execute('GatherV2', [this.#bytes, id, scalar(0, 'int32')]);
      // The bytes are the last field of the message.
      return backend.execute('Substr', [serialized!, neg(length!), length!])[0]!;
    });
  }

  /**
   * The same as uint8 `[n]`.
   * @param id int32 scalar
   */
  bytes(id: Tensor): Tensor {
    const backend = this.#backend;
    return tidy(() => {
      const [archive, offset, bytes] = [this.#archive, this.#offsets, this.#bytes].map(
        (table) => backend.execute('GatherV2', [table, id, scalar(0, 'int32')])[0]!,
      ) as [Tensor, Tensor, Tensor];
      const [whole] = backend.execute(
        'TensorListGetItem',
        [this.#archives, archive, tensor1d([-1], 'int32')],
        {
          element_dtype: 'uint8',
        },
      );
      const [length] = backend.execute('Cast', [bytes], { DstT: 'int64' });
      const vectors = [offset, length!].map(
        (value) => backend.execute('ExpandDims', [value, scalar(0, 'int32')])[0]!,
      );
      return backend.execute('Slice', [whole!, ...vectors])[0]!;
    });
  }

  dispose(): void {
    dispose([this.#archives, this.#archive, this.#offsets, this.#bytes]);
  }
}

/** How much of each archive is needed, in bytes. */
function lengths({ paths, archive, offsets, bytes }: NonNullable<FileSource['archives']>): number[] {
  const ends = paths.map(() => 0);
  archive.forEach((path, i) => (ends[path] = Math.max(ends[path]!, offsets[i]! + bytes[i]!)));
  return ends;
}

function mapped(backend: TensorFlowBackend, paths: readonly string[], bytes: readonly number[]): EagerTensor {
  const { runtime } = backend;
  const run = (op: string, inputs: readonly EagerTensor[], attributes: object) =>
    runtime.executeEagerly(op, inputs, { element_dtype: 'uint8', ...attributes }, 1, 'CPU:0')[0]!;
  const shape = runtime.tensor('int32', [1], [-1]);
  const most = runtime.tensor('int32', [], [-1]);
  let list = run('EmptyTensorList', [shape, most], { shape_type: 'int32' });
  for (const value of [shape, most]) runtime.delete(value);
  for (const [i, path] of paths.entries()) {
    let archive: EagerTensor;
    try {
      archive = run('ImmutableConst', [], { dtype: 'uint8', shape: [bytes[i]!], memory_region_name: path });
    } catch (error) {
      runtime.delete(list);
      throw new Error(`Archive ${path} cannot be read: ${(error as Error).message}`, { cause: error });
    }
    const longer = run('TensorListPushBack', [list, archive], {});
    for (const value of [list, archive]) runtime.delete(value);
    list = longer;
  }
  return list;
}
