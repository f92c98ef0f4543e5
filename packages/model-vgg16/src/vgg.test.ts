import { describe, expect, it } from '@jest/globals';
import { summary } from '@paperlab/core';
import '@tensorflow/tfjs-backend-cpu';
import { vgg, type VggOptions } from './vgg.js';

describe('vgg', () => {
  it.each<[VggOptions, number]>([
    [{ variant: 'A' }, 132_863_336],
    [{ variant: 'A-LRN' }, 132_863_336],
    [{ variant: 'B' }, 133_047_848],
    [{ variant: 'C' }, 133_638_952],
    [{ variant: 'D' }, 138_357_544],
    [{ variant: 'E' }, 143_667_240],
    [{ variant: 'seed' }, 134_304_458],
    [{ variant: 'mini' }, 16_302_794],
    [{ variant: 'mini', batchNorm: false }, 16_299_850],
    [{ variant: 'mini', pooling: 'min' }, 16_302_794],
  ])('%j has %i trainable weights', (options, weights) => {
    expect(summary(vgg(options)).trainableParameters).toBe(weights);
  });

  it.each([
    ['A', '7.61'],
    ['A-LRN', '7.61'],
    ['B', '11.31'],
    ['C', '11.77'],
    ['D', '15.47'],
    ['E', '19.63'],
  ] as const)('column %s multiplies and adds %s thousand million times for an image', (variant, macs) => {
    expect((summary(vgg({ variant })).macs / 1e9).toFixed(2)).toBe(macs);
  });
});
