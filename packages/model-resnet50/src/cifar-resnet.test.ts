import { describe, expect, it } from '@jest/globals';
import { summary } from '@paperlab/core';
import { modelContract } from '@paperlab/core/testing';
import '@tensorflow/tfjs-backend-cpu';
import { cifarResnet } from './cifar-resnet.js';

describe('cifarResnet', () => {
  modelContract(() => cifarResnet({ inputSize: 8 }));

  it.each([
    [20, 269_722],
    [32, 464_154],
    [44, 658_586],
    [56, 853_018],
    [110, 1_727_962],
    [1202, 19_421_274],
  ] as const)('of %i layers has %i trainable weights', (depth, weights) => {
    expect(summary(cifarResnet({ depth })).trainableParameters).toBe(weights);
  });
});
