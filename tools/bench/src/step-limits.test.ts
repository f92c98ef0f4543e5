import { expect, it } from '@jest/globals';
import { missed } from './step-limits.js';

const resnet = { network: 'resnet50', batch: 8, precision: 'float32' } as const;

it.each([
  [resnet, { ratio: 0.85, share: 0.8 }, undefined],
  [
    resnet,
    { ratio: 0.9, share: 0.75 },
    "our step of resnet50, batch 8, float32: its time is 0.900 of the fastest peer's, not at most 0.85; " +
      'it reaches 75.0 % of the MatMul rate, not 80 %',
  ],
  [
    { ...resnet, network: 'vgg16' },
    { ratio: 2, share: 0.84 },
    'our step of vgg16, batch 8, float32: it reaches 84.0 % of the MatMul rate, not 85 %',
  ],
  // No limit was set for it.
  [{ ...resnet, batch: 3 }, { ratio: 2, share: 0.1 }, undefined],
])('of %j with %j misses %j', (work, ours, message) => {
  expect(missed(work, ours)).toBe(message);
});
