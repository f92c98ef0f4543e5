import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { experimentFile, Workplace } from '../testing/workplace.js';

jest.setTimeout(60_000);

const place = new Workplace();
beforeAll(() => void place.write('quarters.ts', experimentFile()));
afterAll(() => place.remove());
const scale = (...args: string[]) => place.run('bench', 'scale', ...args);

describe('paperlab bench scale', () => {
  it('measures one device and two, and predicts more over a link', async () => {
    const { status, stdout } = await scale(
      ...['quarters.ts', '--steps', '2', '--rounds', '1', '--link', '0.5', '--predict', '4,8', '--json'],
    );
    expect(status).toBe(0);
    const { one, many, shared, predictions } = JSON.parse(stdout);
    expect(one).toMatchObject({ devices: 1, batchSize: 16, efficiency: 1, reductionShare: 0 });
    expect(one.imagesPerSecond).toBeCloseTo(16 / one.stepTime);
    expect(many).toMatchObject({ devices: 2, batchSize: 16 });
    expect(many.efficiency).toBeCloseTo(one.stepTime / many.stepTime);
    expect(many.reductionShare).toBeGreaterThan(0);
    expect(shared).toBe(true);
    expect(predictions.map(({ devices }: { devices: number }) => devices)).toEqual([4, 8]);
    // 68 numbers: a ring of 4 sends three halves of their 272 bytes.
    expect(predictions[0].reductionTime).toBeCloseTo((1.5 * 272) / 0.5e9, 12);
  });

  it('prints a table', async () => {
    const { status, stdout } = await scale('quarters.ts', '--steps', '1', '--rounds', '1');
    expect(status).toBe(0);
    expect(stdout).toMatch(/devices +s a step +images\/s +efficiency +reduction\n +1 .*\n +2 /);
    expect(stdout).toContain('logical ones that share the cores');
  });

  it.each([
    [['nowhere.ts'], 'no such file: nowhere.ts'],
    [['quarters.ts', '--devices', '1'], 'devices in measureScale is 1; it must be a whole number, 2 or more'],
    [
      ['quarters.ts', '--link', '-1'],
      'bandwidth in measureScale is -1000000000; it must be bytes a second, more than 0',
    ],
  ])('refuses %j', async (args, message) => {
    const { status, stderr } = await scale(...args);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
  });
});
