import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TraceEvent } from '../profile/chrome-trace.js';
import { Workplace } from '../testing/workplace.js';

jest.setTimeout(60_000); // every test starts programs

const place = new Workplace();
beforeAll(() => {
  place.write(
    'lenet5.ts',
    `import { adam, defineExperiment } from '@paperlab/core';
    import { synthetic } from '@paperlab/datasets';
    import { lenet5 } from '@paperlab/model-lenet5';
    const dataset = synthetic({ shape: [32, 32, 1], examples: 1000 });
    const optimizer = adam({ learningRate: 1e-3 });
    export const experiment = defineExperiment({ name: 'lenet5', model: lenet5(), dataset, optimizer, batchSize: 16, epochs: 1 });`,
  );
});
afterAll(() => place.remove());
const train = (...args: string[]) => place.run('train', 'lenet5.ts', ...args);

describe('paperlab train --profile', () => {
  it('writes a Chrome trace and a table, and goes on training', async () => {
    const { status, stdout, stderr } = await train('--profile', '4', '--json');
    expect(status).toBe(0);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ event }) => event)).toEqual(['profile', 'epoch', 'result']);
    const { folder, steps, stepTime, shares, ops } = events[0];
    expect(folder).toMatch(/^\.paperlab\/profiles\/lenet5\/\d{8}-\d{6}-\d{3}$/);
    expect(steps).toBeGreaterThanOrEqual(4);
    expect(stepTime).toBeGreaterThan(0);
    expect(Object.keys(shares).sort()).toEqual(['compute', 'input', 'javascript', 'reduction']);
    const values = Object.values<number>(shares);
    expect(values.reduce((sum, share) => sum + share)).toBeCloseTo(1, 12);
    expect(values.every((share) => share >= 0 && share < 1)).toBe(true);
    expect(ops).toHaveLength(10);
    expect(stderr).toContain(readFileSync(join(place.folder, folder, 'profile.txt'), 'utf8').trim());
    expect(stderr).toContain(`profile: ${folder} (`);
    expect(stderr).toMatch(/^op +per step +ms per step +share /m);
    expect(stderr).toMatch(
      /^Conv2DBackpropFilter\w* +2 +\d+\.\d{3} +\d+\.\d % {2}Conv2DBackpropFilter_\d+ /m,
    );
    expect(stderr).toMatch(/^Conv2DBackpropInput\w* +1 /m);

    const { traceEvents } = JSON.parse(readFileSync(join(place.folder, folder, 'profile.json'), 'utf8')) as {
      traceEvents: TraceEvent[];
    };
    const pid = traceEvents.find(
      ({ ph, args }) => ph === 'M' && (args as { name: string }).name === 'CPU:0',
    )?.pid;
    const convolutions = traceEvents.filter((event) => event.ph === 'X' && event.name.startsWith('Conv2D'));
    expect(convolutions).toHaveLength(5 * steps); // C1, C3: forward, filters; and by the input of C3
    for (const event of convolutions)
      expect(event).toMatchObject({
        cat: 'op',
        pid,
        dur: expect.any(Number),
        args: { node: expect.any(String) },
      });
    expect(convolutions.every((event) => event.ph === 'X' && event.dur > 0)).toBe(true);
    expect(traceEvents.some(({ name }) => /^train_\d+/.test(name))).toBe(true);
  });

  it.each([
    [['0'], 'steps in the profile is 0; it must be a whole number, 1 or more'],
    [['some'], 'steps in the profile is NaN; it must be a whole number, 1 or more'],
    [['5', '--engine', 'tfjs'], "The engine tfjs cannot be profiled: profile steps of TensorFlow's engine."],
  ])('--profile %j is refused in one line', async (args, line) => {
    const { status, stdout, stderr } = await train('--profile', ...args);
    expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: '', stderr: `paperlab: ${line}\n` });
  });
});
