import { describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { Split } from '../dataset.js';
import { engineContract } from '../testing/engine-contract.js';
import { eager } from './engine.js';

const one = () => tf.scalar(1);

describe("tfjs's backend", () => {
  it('is missing where none was imported', async () => {
    await expect(eager().devices()).rejects.toThrow(
      'tfjs has no backend here: import one first, such as @tensorflow/tfjs-backend-cpu',
    );
    await import('@tensorflow/tfjs-backend-cpu');
    expect(await eager().devices()).toEqual([{ name: 'CPU:0', type: 'CPU' }]);
  });

  it('that was not imported is named', async () => {
    await expect(eager({ backend: 'webgl' }).compile(one).run()).rejects.toThrow(
      'tfjs has no backend webgl here: import @tensorflow/tfjs-backend-webgl first',
    );
  });

  it('is the one asked for, whatever others have set', async () => {
    tf.registerBackend('other', () => tf.findBackend('cpu'));
    const step = eager({ backend: 'cpu' }).compile(() => tf.getBackend());
    expect(await step.run()).toBe('cpu');
    await tf.setBackend('other');
    expect(await step.run()).toBe('cpu');
  });
});

describe('plain tfjs', () => engineContract(() => eager({ backend: 'cpu' })));

it('refuses images in files, and says who reads them', async () => {
  const source = { kind: 'files', files: ['a.jpg'], channels: 3, labels: Int32Array.of(0) } as const;
  const split: Split = { size: 1, transforms: [], digest: 'files', source };
  await expect(eager({ backend: 'cpu' }).input(split, { batchSize: 1 })).rejects.toThrow(
    "Images in files (a.jpg, …) are read by TensorFlow's engine (@paperlab/engine), not by plain tfjs",
  );
});

it('lets timers and messages through between steps', async () => {
  const step = eager({ backend: 'cpu' }).compile((x: tf.Tensor) => tf.add(x, 1));
  const turns: number[] = [];
  let done = 0;
  const timer = setInterval(() => turns.push(done), 1);
  const until = performance.now() + 200;
  for (; performance.now() < until; done++) (await step.run(one())).dispose();
  clearInterval(timer);
  expect(new Set(turns).size).toBeGreaterThan(10);
});
