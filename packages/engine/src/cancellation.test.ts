import { beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from './backend.js';
import { tensorflow, type TensorFlowEngine } from './index.js';

let engine: TensorFlowEngine;
beforeAll(async () => {
  engine = await tensorflow();
});

/** A second of work. */
const slow = (x: tf.Tensor2D) => {
  let y = x;
  for (let i = 0; i < 100; i++) y = tf.div(tf.matMul(y, x), 1000);
  return y;
};
const matrix = () => tf.ones<tf.Rank.R2>([1000, 1000]);

describe('a signal', () => {
  it('cancels a call that waits, and the engine works on', async () => {
    const { runtime } = tf.backend() as unknown as TensorFlowBackend;
    const component_types = ['float32'] as const;
    const [queue] = runtime.executeEagerly('FIFOQueueV2', [], { component_types, shapes: [[]], capacity: 1 });
    function receive() {
      const [value] = runtime.execute('QueueDequeueV2', [queue!], { component_types });
      return (tf.backend() as unknown as TensorFlowBackend).wrap(value!);
    }
    const abort = new AbortController();
    const step = engine.compile(receive, { signal: abort.signal });
    const running = step.run();
    const reason = new Error('enough');
    setTimeout(() => abort.abort(reason), 200);
    const start = performance.now();
    await expect(running).rejects.toMatchObject({
      name: 'AbortError',
      message: expect.stringMatching(/^receive_\d+ was cancelled: enough$/),
      cause: reason,
    });
    expect(performance.now() - start).toBeLessThan(2000);

    const seven = runtime.tensor('float32', [], [7]);
    runtime.executeEagerly('QueueEnqueueV2', [queue!, seven], { Tcomponents: component_types }, 0);
    expect((await engine.compile(receive).run()).dataSync()[0]).toBe(7);
    [queue!, seven].forEach((tensor) => runtime.delete(tensor));
  });

  it('lets a call that computes end, whole', async () => {
    const abort = new AbortController();
    const step = engine.compile(slow, { signal: abort.signal });
    const x = matrix();
    (await step.run(x)).dispose(); // the first call is made ready before it computes
    const running = step.run(x);
    setTimeout(() => abort.abort(), 100);
    expect((await running).shape).toEqual([1000, 1000]);
    await expect(step.run(x)).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('that is aborted already refuses calls', async () => {
    const step = engine.compile((x: tf.Tensor) => tf.mul(x, 2), { signal: AbortSignal.abort('no more') });
    await expect(step.run(tf.scalar(1))).rejects.toThrow(/was cancelled: no more$/);
  });

  it('that comes after a call leaves its result alone', async () => {
    const abort = new AbortController();
    const step = engine.compile((x: tf.Tensor) => tf.mul(x, 2), { signal: abort.signal });
    const y = await step.run(tf.scalar(1));
    abort.abort();
    expect(y.dataSync()[0]).toBe(2);
    await expect(step.run(tf.scalar(1))).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('a disposed engine', () => {
  it('lets calls under way finish, refuses all others, and frees its functions', async () => {
    const { handles } = engine.memory();
    const mine = await tensorflow();
    const captured = tf.scalar(3);
    const step = mine.compile((x: tf.Tensor2D) => tf.add(slow(x), captured));
    const x = matrix();
    const running = step.run(x);
    const idle = mine.compile((value: tf.Tensor) => tf.mul(value, captured));
    tf.dispose(await idle.run(tf.scalar(1)));
    await mine.dispose();
    expect((await running).shape).toEqual([1000, 1000]);

    const refused = 'This engine was disposed. Call tensorflow() for another one.';
    await expect(step.run(x)).rejects.toThrow(refused);
    await expect(step.repeat(1, x)).rejects.toThrow(refused);
    expect(() => mine.compile(slow)).toThrow(refused);
    step.dispose();
    await mine.dispose();

    tf.dispose([x, captured, await running]);
    expect(engine.memory().handles - handles).toBe(1); // the argument of `idle`
    expect((await engine.compile(() => [tf.scalar(5)]).run())[0]!.dataSync()[0]).toBe(5);
  });

  it('that is disposed of a function under way frees it when the call ends', async () => {
    const step = engine.compile(slow);
    const x = matrix();
    const running = step.run(x);
    step.dispose();
    await expect(step.run(x)).rejects.toThrow('This compiled function was disposed. Compile it again.');
    expect((await running).shape).toEqual([1000, 1000]);
  });
});

it("an op's failure rejects with its name, and the engine works on", async () => {
  const step = engine.compile((x: tf.Tensor) => tf.engine().runKernel('MatrixInverse', { x }) as tf.Tensor);
  await expect(step.run(tf.ones([2, 2]))).rejects.toThrow();
  expect((await engine.compile(() => [tf.scalar(5)]).run())[0]!.dataSync()[0]).toBe(5);
});
