import { expect, it } from '@jest/globals';
import type { Command } from './commands.js';
import { contest } from './contest.js';
import { describe } from './report.js';
import { answering, node, trained } from './testing/answering.js';
import { checkTraining, trainingRound } from './training-round.js';

const run = (programs: Record<string, Command>, pairs: number, report?: (line: string) => void) =>
  contest(programs, { pairs, round: trainingRound, check: checkTraining(0.95), describe, report });

it('lets contenders take turns', async () => {
  const lines: string[] = [];
  const ours = answering(trained(), trained({ seconds: 4 }));
  const peer = answering(trained({ loss: 0.2 }), trained());
  const { versions, turns } = await run({ ours, peer }, 2, (line) => lines.push(line));
  expect(versions).toEqual({ ours: `node ${process.versions.node}`, peer: `node ${process.versions.node}` });
  expect(turns.map(({ pair, contender, seconds, loss }) => [pair, contender, seconds, loss])).toEqual([
    [1, 'ours', 2, 0.1],
    [1, 'peer', 2, 0.2],
    [2, 'ours', 4, 0.1],
    [2, 'peer', 2, 0.1],
  ]);
  // The harness's own clock, not what the programs claim.
  for (const { wallSeconds } of turns) expect(wallSeconds).toBeLessThan(2);
  expect(lines.slice(0, 4)).toEqual([
    'ours warms up',
    'peer warms up',
    'pair 1  ours     100.000 ms a step   loss 0.1000   top-1 0.9700',
    'pair 1  peer     100.000 ms a step   loss 0.2000   top-1 0.9700',
  ]);
});

it('refuses rounds that cannot be compared', async () => {
  const programs = { ours: answering(trained()), peer: answering(trained({ images: 639 })) };
  await expect(run(programs, 1)).rejects.toThrow(
    'peer trained on 639 images in 20 steps, ours on 640 images in 20 steps: no comparison',
  );
});

it('refuses networks of another size before any round', async () => {
  const sized = (parameters: number) => node(`console.log('{"versions": {}, "parameters": ${parameters}}')`);
  const programs = {
    ours: sized(61_706),
    matmul: node(`console.log('{"versions": {}}')`),
    peer: sized(61_700),
  };
  await expect(run(programs, 1)).rejects.toThrow('peer trains 61,700 parameters, ours 61,706: no comparison');
});

it('notices a program that does not learn', async () => {
  await expect(run({ ours: answering(trained({ top1: 0.1 })) }, 1)).rejects.toThrow(
    'ours does not learn: top-1 0.1 in pair 1, expected 0.95',
  );
});
