import { describe, expect, it } from '@jest/globals';
import { summary, summaryTable } from '@paperlab/core';
import { modelContract } from '@paperlab/core/testing';
import '@tensorflow/tfjs-backend-cpu';
import { resnet, resnet50, type ResnetOptions } from './resnet.js';

/** As in papers: `3.858` thousand million multiply-adds. */
const gigaMacs = (macs: number) => (macs / 1e9).toFixed(3);

describe('resnet', () => {
  it.each<[ResnetOptions, number]>([
    [{ depth: 18 }, 11_689_512],
    [{ depth: 34 }, 21_797_672],
    [{ depth: 50 }, 25_557_032],
    [{ depth: 101 }, 44_549_160],
    [{ depth: 152 }, 60_192_808],
    [{ depth: 18, shortcuts: 'A' }, 11_515_688],
    [{ depth: 34, shortcuts: 'A' }, 21_623_848],
    [{ depth: 50, variant: 'v1.5' }, 25_557_032],
    [{ depth: 50, classes: 10 }, 23_528_522],
    [{ depth: 50, classes: 10, inputSize: 32 }, 23_528_522],
    [{ depth: 101, classes: 10 }, 42_520_650],
  ])('%j has %i trainable weights', (options, weights) => {
    expect(summary(resnet(options)).trainableParameters).toBe(weights);
  });

  it.each([
    [18, 'v1', '1.814'],
    [34, 'v1', '3.664'],
    [50, 'v1', '3.858'],
    [101, 'v1', '7.570'],
    [152, 'v1', '11.282'],
    [50, 'v1.5', '4.089'],
    [101, 'v1.5', '7.801'],
    [152, 'v1.5', '11.514'],
  ] as const)('%i layers, %s: %s thousand million multiply-adds for an image', (depth, variant, macs) => {
    expect((summary(resnet({ depth, variant })).macs / 1e9).toFixed(3)).toBe(macs);
  });
});
