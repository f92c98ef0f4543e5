import koffi from 'koffi';
import type { CApi, Pointer } from './c-api.js';

/** `TF_Buffer` */
const buffer = koffi.struct({ data: 'void*', length: 'size_t', data_deallocator: 'void*' });

/** Copies the bytes out of a `TF_Buffer*` that TensorFlow filled. */
export function bufferBytes(pointer: Pointer): Uint8Array {
  const { data, length } = koffi.decode(pointer, buffer) as { data: Pointer; length: number | bigint };
  return Number(length) === 0 ? new Uint8Array(0) : new Uint8Array(koffi.view(data, Number(length))).slice();
}

/** Lets TensorFlow fill a buffer, and returns its bytes. */
export function filledBuffer(c: CApi, fill: (buffer: Pointer) => void): Uint8Array {
  const pointer = c.TF_NewBuffer();
  try {
    fill(pointer);
    return bufferBytes(pointer);
  } finally {
    c.TF_DeleteBuffer(pointer);
  }
}
