import { backend, type Tensor3D, tidy } from '@tensorflow/tfjs-core';
import { writeFile } from 'node:fs/promises';
import type { TensorFlowBackend } from '../backend.js';

/** Encodes an image, 0..255, by TensorFlow. */
export function encodeImage(image: Tensor3D, format: 'png' | 'jpeg'): Uint8Array {
  const tensorflow = backend() as TensorFlowBackend;
  return tidy(() => {
    const [bytes] = tensorflow.execute('Cast', [image], { DstT: 'uint8' });
    const [file] = tensorflow.execute(format === 'png' ? 'EncodePng' : 'EncodeJpeg', [bytes!]);
    return (tensorflow.readSync(file!.dataId) as Uint8Array[])[0]!;
  });
}

export async function writeImage(path: string, image: Tensor3D): Promise<void> {
  await writeFile(path, encodeImage(image, path.endsWith('.png') ? 'png' : 'jpeg'));
}
