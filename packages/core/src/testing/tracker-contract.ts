import { describe, expect, it } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunStatus, Tracker } from '../tracker.js';
import { exampleRun } from './example.js';

/** A PNG of one grey pixel. */
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==',
  'base64',
);

/**
 * What every `Tracker` does.
 * @param make makes one that records somewhere of its own
 */
export function trackerContract(make: () => Tracker | Promise<Tracker>): void {
  describe('Tracker contract', () => {
    it('has a name', async () => {
      expect((await make()).name).toMatch(/^[a-z0-9][a-z0-9-]*$/);
    });

    it.each<RunStatus>(['FINISHED', 'FAILED', 'KILLED'])(
      'records a run that is %s and says where',
      async (status) => {
        const run = await (await make()).start(await exampleRun());
        expect(run.location).not.toBe('');
        for (let step = 1; step <= 200; step++)
          run.metrics({ 'train/loss': 1 / step, learning_rate: 0.1 }, step);
        await run.end(status);
      },
    );

    it('takes values that are not finite, and no value', async () => {
      const run = await (await make()).start(await exampleRun());
      run.metrics({ 'train/loss': NaN, 'valid/loss': Infinity, 'valid/other': -Infinity }, 1);
      run.metrics({}, 2);
      await run.end('FAILED');
    });

    it('keeps two runs apart', async () => {
      const tracker = await make();
      const runs = [await tracker.start(await exampleRun()), await tracker.start(await exampleRun())];
      expect(runs[0]!.location).not.toBe(runs[1]!.location);
      runs.forEach((run, i) => run.metrics({ 'train/loss': i }, 1));
      await Promise.all(runs.map((run) => run.end('FINISHED')));
    });

    it('goes on with a record, by its id', async () => {
      const tracker = await make();
      const description = await exampleRun();
      const run = await tracker.start(description);
      run.metrics({ 'train/loss': 1 }, 1);
      await run.flush();
      await run.end('KILLED');
      const resumed = await tracker.start({ ...description, resume: run.id });
      expect({ id: resumed.id, location: resumed.location }).toEqual({ id: run.id, location: run.location });
      resumed.metrics({ 'train/loss': 1 }, 1);
      resumed.metrics({ 'train/loss': 0.5 }, 2);
      await resumed.end('FINISHED');
      await resumed.flush();
    });

    it('takes what a run makes beside numbers, if it takes any, and needs its files until it is safe only', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'paperlab-artifacts-'));
      await writeFile(join(folder, 'weights.bin'), 'weights');
      const run = await (await make()).start(await exampleRun());
      run.artifact?.({ kind: 'file', path: 'model/summary.txt', content: 'output 2' });
      run.artifact?.({ kind: 'file', path: 'bytes', content: Uint8Array.of(0, 255) });
      run.artifact?.({ kind: 'folder', path: 'checkpoints/step-1', folder });
      run.artifact?.({ kind: 'image', name: 'confusion matrix', step: 1, png: PIXEL });
      run.artifact?.({
        kind: 'model',
        name: 'model',
        step: 1,
        folders: { tfjs: folder },
        inputs: { images: [-1, 4, 4, 1] },
        outputs: { logits: [-1, 2] },
        classNames: ['top', 'bottom'],
      });
      await run.flush();
      await rm(folder, { recursive: true });
      await run.end('FINISHED');
      run.artifact?.({ kind: 'file', path: 'late', content: '' });
    });

    it('does not throw once a run has ended', async () => {
      const run = await (await make()).start(await exampleRun());
      await run.end('FINISHED');
      run.metrics({ 'train/loss': 1 }, 1);
      await run.end('FINISHED');
    });
  });
}
