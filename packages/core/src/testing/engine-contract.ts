import { beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import type { Engine } from '../engine.js';
import { compileContract } from './compile-contract.js';
import { inputContract, split } from './input-contract.js';
import { mixingContract } from './mixing-contract.js';

/** What every `Engine` does. */
export function engineContract(make: () => Engine | Promise<Engine>): void {
  describe('Engine contract', () => {
    let engine: Engine;
    beforeAll(async () => {
      engine = await make();
      await engine.devices();
    });

    it('says what it is and has a device', async () => {
      expect(engine.name).toMatch(/^[a-z0-9][a-z0-9-]*$/);
      const [device] = await engine.devices();
      expect(device).toMatchObject({ name: expect.stringMatching(/^[CG]PU:0$/), type: expect.any(String) });
    });

    compileContract(() => engine);
    inputContract(() => engine);
    mixingContract(() => engine);

    it('refuses everything once it is disposed', async () => {
      const other = await make();
      const fn = other.compile(() => tf.scalar(1));
      (await fn.run()).dispose();
      await other.dispose();
      const refused = /^This engine was disposed\. Call \w+\(\) for another one\.$/;
      await expect(fn.run()).rejects.toThrow(refused);
      expect(() => other.compile(() => tf.scalar(1))).toThrow(refused);
      await expect(other.input(split(), { batchSize: 1 })).rejects.toThrow(refused);
      const next = engine.compile(() => tf.scalar(1)); // the one in use goes on
      (await next.run()).dispose();
      next.dispose();
    });
  });
}
