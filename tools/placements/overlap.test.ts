import { expect, it } from '@jest/globals';
import { runChild } from './run-child.js';

interface Report {
  /** Of each step: its collectives, and those that began before the last gradient of a convolution was there. */
  readonly steps: readonly { readonly collectives: number; readonly early: number }[];
}

it('gradients are summed while those of the layers before them are computed', async () => {
  const { steps } = await runChild<Report>('overlap.child.ts');
  expect(steps.length).toBeGreaterThanOrEqual(4);
  for (const { collectives, early } of steps) {
    // On two devices: the sums of the loss, of F6 with F5's bias, of F5, and of all layers before it.
    expect(collectives).toBe(2 * 4);
    // All but the last begin early, on a machine that is not busy with something else.
    expect(early).toBeGreaterThanOrEqual(4);
  }
}, 120_000);
