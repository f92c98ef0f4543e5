import { expect, it } from '@jest/globals';
import type { Split } from '@paperlab/core';
import * as tf from '@tensorflow/tfjs-core';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tensorflow } from './index.js';
import { writeImage } from './testing/image-files.js';

it('a file that vanishes during the epoch is an error that names it; what came before is trained on', async () => {
  const engine = await tensorflow();
  const folder = await mkdtemp(join(tmpdir(), 'paperlab-vanishing-'));
  const files = Array.from({ length: 200 }, (_, i) => join(folder, `${i}.png`));
  for (const [i, file] of files.entries()) {
    const image = tf.fill([4, 4, 3], i, 'int32') as tf.Tensor3D;
    await writeImage(file, image);
    image.dispose();
  }
  const labels = Int32Array.from(files, (_, i) => i);
  const split: Split = {
    size: files.length,
    source: { kind: 'files', files, channels: 3, labels },
    transforms: [],
    digest: 'files',
  };
  const input = await engine.input(split, { batchSize: 5, shuffle: { seed: 1 } });
  const sum = engine.compile(() => tf.sum(input.next(5).labels));
  try {
    await input.seek(0);
    const [last] = (await input.examplesOf(0, input.batches - 1)).slice(-1);
    let done = 0;
    const epoch = async () => {
      for (; done < input.batches; done++) {
        tf.dispose(await sum.run());
        if (done === 1) await rm(files[last!]!);
      }
    };
    await expect(epoch()).rejects.toThrow(
      new RegExp(`^Image file ${files[last!]} cannot be used: [^\\n]*No such file`),
    );
    expect(done).toBe(input.batches - 1);
  } finally {
    sum.dispose();
    input.dispose();
    await rm(folder, { recursive: true });
  }
});
