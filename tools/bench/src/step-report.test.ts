import { describe, expect, it } from '@jest/globals';
import { figures, rows, sameSteps, table } from './step-report.js';
import { workOf } from './step-work.js';

/** Seconds of rounds of two steps. The machine multiplies 4e9 in a second, then 2e9. */
const seconds = { ours: [1, 1.2], keras: [2, 2], pytorch: [1.6, 3], matmul: [0.5, 1] };
const turns = [0, 1].flatMap((i) =>
  (['ours', 'keras', 'pytorch', 'matmul'] as const).map((contender) => ({
    contender,
    pair: i + 1,
    seconds: seconds[contender][i]!,
    wallSeconds: 5,
    steps: 2,
    ...(contender !== 'matmul' && { loss: 2.3 }),
  })),
);
const versions = { ours: 'paperlab 0.1.0', keras: 'keras 3', pytorch: 'torch 2', matmul: 'paperlab 0.1.0' };
const found = figures({ versions, turns }, 1e9, 1e9);

describe('figures of steps', () => {
  it('compare ours with the fastest peer of each pair, which may be another one', () => {
    const [ours, keras, , fastest, matmul] = found;
    expect(ours!.ratios).toEqual([1 / 1.6, 0.6]);
    expect(keras!.ratios).toEqual([0.5, 0.6]);
    expect(fastest).toMatchObject({ contender: 'fastest peer', ms: [800, 1000], ratios: ours!.ratios });
    expect(ours!.shares).toEqual([0.5, 1 / 1.2]);
    expect(matmul).toMatchObject({ ms: [250, 500], ratios: [], shares: [] });
  });

  it('are a table', () => {
    expect(`\n${table(found)}\n`).toMatchInlineSnapshot(`
     "
     |                         | ms a step | ours / it | of the pairs | of the MatMul rate |
     | ----------------------- | --------: | --------: | -----------: | -----------------: |
     | ours (paperlab 0.1.0)   |    550.00 |           |              |             66.7 % |
     | keras (keras 3)         |   1000.00 |     0.550 |  0.500–0.600 |             37.5 % |
     | pytorch (torch 2)       |   1150.00 |     0.512 |  0.400–0.625 |             32.3 % |
     | fastest peer            |    900.00 |     0.613 |  0.600–0.625 |             40.6 % |
     | matmul (paperlab 0.1.0) |    375.00 |           |              |                    |
     "
    `);
  });

  it('are a row a contender', () => {
    const [ours, , , fastest, matmul] = rows(workOf('lenet5', 'float32', undefined, 8), found);
    expect(ours).toMatchInlineSnapshot(`
     {
       "batch": 32,
       "contender": "ours",
       "highest_ratio": "0.6250",
       "last_loss": "2.300000",
       "lowest_ratio": "0.6000",
       "median_ms": "550.0000",
       "ms_of_pairs": "500.0000 600.0000",
       "network": "lenet5",
       "pairs": 2,
       "precision": "float32",
       "ratio": "0.6125",
       "share": "0.6667",
       "steps": 8,
       "version": "paperlab 0.1.0",
     }
    `);
    expect(fastest).toMatchObject({ contender: 'fastest peer', version: '', last_loss: '' });
    expect(matmul).toMatchObject({ ratio: '', share: '' });
    expect(Object.keys(matmul!)).toEqual(Object.keys(ours!));
  });
});

it('refuses rounds of other steps, but for the matrix products', () => {
  const [first, keras, , matmul] = turns;
  expect(() => sameSteps({ ...keras!, steps: 3 }, first!)).toThrow(
    'keras did 3 steps, ours 2: no comparison',
  );
  sameSteps({ ...matmul!, steps: 16 }, first!);
});
