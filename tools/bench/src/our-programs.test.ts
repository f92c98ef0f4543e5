import { afterEach, expect, it } from '@jest/globals';
import type { z } from 'zod';
import { Contender } from './contender.js';
import { join } from 'node:path';
import { stepRound } from './step-report.js';
import { workOf } from './step-work.js';

const started: Contender<unknown>[] = [];
afterEach(() => Promise.all(started.splice(0).map((contender) => contender.stop())));

async function start(program: string, ...args: string[]): Promise<Contender<z.infer<typeof stepRound>>> {
  const node = [process.execPath, '--import', 'tsx', '--conditions=@paperlab/source'] as const;
  const contender = await Contender.start(
    'ours',
    [...node, join(import.meta.dirname, program), ...args],
    stepRound,
  );
  started.push(contender);
  return contender;
}

it.each(['float32', 'bfloat16'] as const)(
  'ours trains on one batch in %s',
  async (precision) => {
    const ours = await start('our-steps.ts', JSON.stringify(workOf('lenet5', precision, 4, 24)));
    expect(ours.parameters).toBe(61_706);
    expect(ours.versions).toMatchObject({ tensorflow: '2.20.0', node: process.versions.node });
    const [first, second] = [await ours.round(), await ours.round()];
    expect(first.steps).toBe(24);
    expect(first.loss).toBeLessThan(Math.log(10));
    expect(second.loss).toBeLessThan(first.loss!);
  },
  60_000,
);

it('multiplies matrices', async () => {
  const matmul = await start('our-matmul.ts', '3', '64');
  expect(matmul.parameters).toBeUndefined();
  expect(await matmul.round()).toEqual({ seconds: expect.any(Number), steps: 3 });
}, 60_000);
