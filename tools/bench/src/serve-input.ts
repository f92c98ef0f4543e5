import type { Dataset, InputOptions } from '@paperlab/core';
import { tensorflow } from '@paperlab/engine';
import { dispose } from '@tensorflow/tfjs-core';
import { serve } from './serve.js';

/**
 * A contender that prepares images: the batches of a dataset's train split, drawn one after the other by a compiled function.
 * @param epochsPerRound epochs of a round
 */
export async function serveInput(
  dataset: Dataset,
  options: InputOptions,
  epochsPerRound: number,
): Promise<void> {
  const engine = await tensorflow();
  const input = await engine.input(await dataset.open('train'), options);
  const draw = engine.compile((size: number) => {
    const { images, labels } = input.next(size);
    return { images, labels };
  });

  let epoch = 0;
  async function drawEpoch(): Promise<{ images: number; batches: number }> {
    await input.seek(epoch++);
    let images = 0;
    for (let batch = 0; batch < input.batches; batch++) {
      const drawn = await draw.run(input.sizeOf(batch));
      images += drawn.images.shape[0]!;
      dispose(drawn);
    }
    return { images, batches: input.batches };
  }

  await drawEpoch(); // warms up
  await serve(async () => {
    const start = performance.now();
    const before = process.cpuUsage();
    let [images, batches] = [0, 0];
    for (let done = 0; done < epochsPerRound; done++) {
      const drawn = await drawEpoch();
      images += drawn.images;
      batches += drawn.batches;
    }
    const { user, system } = process.cpuUsage(before);
    return {
      images,
      batches,
      seconds: (performance.now() - start) / 1000,
      cpuSeconds: (user + system) / 1e6,
    };
  });
  await engine.dispose();
}
