import { describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { Engine } from '../engine.js';

const values = (tensor: tf.Tensor) => Array.from(tensor.dataSync());

/** What every engine's `compile` does. */
export function compileContract(engine: () => Engine): void {
  describe('compile', () => {
    it('takes and gives nested structures, for any shape', async () => {
      const fn = engine().compile(({ x, by }: { x: tf.Tensor; by: number }) => ({
        scaled: [tf.mul(x, by)],
        sum: tf.sum(x),
        by,
      }));
      for (const shape of [[2], [3, 2]]) {
        const output = await fn.run({ x: tf.ones(shape), by: 3 });
        expect(output.scaled[0]!.shape).toEqual(shape);
        expect(values(output.scaled[0]!)).toEqual(Array(output.scaled[0]!.size).fill(3));
        expect([values(output.sum)[0], output.by]).toEqual([output.scaled[0]!.size, 3]);
      }
      fn.dispose();
    });

    it('reads and assigns variables in program order', async () => {
      const v = tf.variable(tf.scalar(1));
      const step = engine().compile((x: tf.Tensor) => {
        v.assign(tf.mul(v, x));
        const doubled = tf.add(v, 0);
        v.assign(tf.add(v, 1));
        return doubled;
      });
      expect(values(await step.run(tf.scalar(2)))).toEqual([2]);
      expect(values(await step.run(tf.scalar(2)))).toEqual([6]);
      expect(values(v)).toEqual([7]);
      v.assign(tf.scalar(1)); // by others
      expect(values(await step.run(tf.scalar(2)))).toEqual([2]);
      expect(values(await step.run(tf.scalar(2)))).toEqual([6]);
      expect(values(v)).toEqual([7]);
      step.dispose();
      v.dispose();
    });

    it('repeats on slices, and stacks', async () => {
      const v = tf.variable(tf.scalar(0));
      const step = engine().compile((x: tf.Tensor) => {
        v.assign(tf.add(v, x));
        return { total: tf.add(v, 0) };
      });
      const { total } = await step.repeat(3, tf.tensor1d([1, 2, 3]));
      expect(values(total)).toEqual([1, 3, 6]);
      expect(values(v)).toEqual([6]);
      step.dispose();
      v.dispose();
    });

    it('refuses to repeat on tensors that have not so many slices', async () => {
      const fn = engine().compile((x: tf.Tensor) => tf.add(x, 1));
      await expect(fn.repeat(3, tf.tensor1d([1, 2]))).rejects.toThrow();
      await expect(fn.repeat(2, tf.scalar(1))).rejects.toThrow();
      await expect(fn.repeat(0, tf.zeros([0]))).rejects.toThrow();
      fn.dispose();
    });

    it("gives tensors of the caller's own, where it returns variables and arguments too", async () => {
      const v = tf.variable(tf.scalar(3));
      const x = tf.scalar(4);
      const fn = engine().compile((argument: tf.Tensor) => [v, argument] as tf.Tensor[]);
      for (let i = 0; i < 2; i++) {
        const outputs = await fn.run(x);
        expect(outputs.map((output) => values(output)[0])).toEqual([3, 4]);
        outputs.forEach((output) => output.dispose());
      }
      expect([values(v)[0], values(x)[0]]).toEqual([3, 4]);
      fn.dispose();
      v.dispose();
    });

    it('refuses arguments and results that are neither tensors nor plain', async () => {
      const takes = engine().compile((_: unknown) => tf.scalar(1));
      await expect(takes.run(() => 1)).rejects.toThrow(
        'Arguments of a compiled function: there is a function',
      );
      takes.dispose();
      const gives = engine().compile(() => [async () => 1]);
      await expect(gives.run()).rejects.toThrow('there is a function in it');
      gives.dispose();
    });

    it('runs on the device that it is told, and refuses one that is not there', async () => {
      const [device] = await engine().devices();
      const fn = engine().compile((x: tf.Tensor) => tf.add(x, 1), { device });
      expect(values(await fn.run(tf.scalar(1)))).toEqual([2]);
      fn.dispose();
      const elsewhere = async () =>
        engine()
          .compile(() => tf.scalar(1), { device: { name: 'GPU:99', type: 'GPU' } })
          .run();
      await expect(elsewhere()).rejects.toThrow('There is no device GPU:99.');
    });

    it('refuses calls from its signal on, with an AbortError', async () => {
      const abort = new AbortController();
      const fn = engine().compile((x: tf.Tensor) => tf.add(x, 1), { signal: abort.signal });
      expect(values(await fn.run(tf.scalar(1)))).toEqual([2]);
      const cause = new Error('enough');
      abort.abort(cause);
      const error = {
        name: 'AbortError',
        message: expect.stringMatching(/ was cancelled: enough$/),
        cause,
      };
      await expect(fn.run(tf.scalar(1))).rejects.toMatchObject(error);
      await expect(fn.repeat(1, tf.tensor1d([1]))).rejects.toMatchObject(error);
      fn.dispose();
    });

    it('refuses calls after its disposal', async () => {
      const fn = engine().compile(() => tf.scalar(1));
      fn.dispose();
      fn.dispose();
      await expect(fn.run()).rejects.toThrow('This compiled function was disposed. Compile it again.');
    });

    it('leaves nothing behind', async () => {
      const calls = async () => {
        const v = tf.tidy(() => tf.variable(tf.scalar(1)));
        const x = tf.tensor1d([1, 2]);
        const fn = engine().compile((by: tf.Tensor) => {
          v.assign(tf.mul(v, tf.sum(by)));
          return [tf.add(v, by)];
        });
        tf.dispose([await fn.run(x), await fn.repeat(2, x)]);
        await expect(fn.repeat(3, x)).rejects.toThrow();
        fn.dispose();
        tf.dispose([v, x]);
      };
      await calls();
      const { numTensors } = tf.memory();
      await calls();
      expect(tf.memory().numTensors).toBe(numTensors);
    });

    it('rejects with what the function throws', async () => {
      const broken = engine().compile(() => {
        throw new Error('no such layer');
      });
      await expect(broken.run()).rejects.toThrow('no such layer');
      broken.dispose();
    });

    it('lets the event loop run', async () => {
      let turned = false;
      setTimeout(() => (turned = true));
      const fn = engine().compile((x: tf.Tensor) => tf.add(x, 1));
      for (let i = 0; i < 20; i++) (await fn.run(tf.scalar(i))).dispose();
      await new Promise((resolve) => setTimeout(resolve, 1));
      expect(turned).toBe(true);
      fn.dispose();
    });
  });
}
