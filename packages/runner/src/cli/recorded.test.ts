import { expect, it } from '@jest/globals';
import { BY_DEFAULT, recordedIn } from './recorded.js';

it('--record names the parts that are recorded', () => {
  expect(recordedIn('figures, checkpoint')).toEqual({
    figures: true,
    systemMetrics: false,
    model: false,
    checkpoint: true,
  });
  expect(Object.values(recordedIn('none'))).toEqual([false, false, false, false]);
  expect(recordedIn(BY_DEFAULT.join())).toMatchObject({ figures: true, systemMetrics: true, model: true });
  expect(() => recordedIn('figures,films')).toThrow(
    '--record takes figures, system-metrics, model, checkpoint, with commas between them, or none; it was given "films"',
  );
});
