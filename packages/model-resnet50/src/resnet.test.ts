import { describe, expect, it } from '@jest/globals';
import { summary } from '@paperlab/core';
import { resnet, resnet50, type ResnetOptions } from './resnet.js';

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

  it('of 50 layers has the output sizes of Table 1', () => {
    const { rows } = summary(resnet50());
    const outputs = [
      'conv1',
      'pool1',
      'conv2_3/relu',
      'conv3_4/relu',
      'conv4_6/relu',
      'conv5_3/relu',
      'pool5',
      'fc',
    ];
    expect(outputs.map((name) => rows.find(({ layer }) => layer === name)!.output.join('×'))).toEqual([
      '112×112×64',
      '56×56×64',
      '56×56×256',
      '28×28×512',
      '14×14×1024',
      '7×7×2048',
      '2048',
      '1000',
    ]);
  });

  it('moves the stride of a bottleneck to its 3×3 in v1.5', () => {
    const stridesOf = (variant: 'v1' | 'v1.5') => {
      const { rows } = summary(resnet50({ variant }));
      return rows.filter(({ layer }) => /^conv4_1\/conv\d$/.test(layer)).map(({ output }) => output[0]);
    };
    expect(stridesOf('v1')).toEqual([14, 14, 14]);
    expect(stridesOf('v1.5')).toEqual([28, 14, 14]);
  });

  it('says what it is made of', () => {
    expect(resnet50({ classes: 10 })).toMatchObject({
      name: 'resnet50',
      inputShape: [224, 224, 3],
      classes: 10,
      config: { depth: 50, variant: 'v1', shortcuts: 'B', classes: 10, inputSize: 224, initialWeights: 'he' },
    });
  });

  it.each<[object, string]>([
    [{ depth: 51 }, 'depth in resnet is 51; it must be 18, 34, 50, 101 or 152'],
    [{ classes: 1 }, 'classes in resnet is 1; it must be a whole number, 2 or more'],
    [{ inputSize: 28 }, 'inputSize in resnet is 28; it must be a whole number, 32 or more'],
    [
      { depth: 18, variant: 'v1.5' },
      'variant in resnet is "v1.5"; it must be "v1" for 18 and 34 layers: they have no bottleneck',
    ],
    [{ shortcut: 'A' }, 'unknown key "shortcut" in resnet; did you mean "shortcuts"?'],
  ])('refuses %j', (options, message) => {
    expect(() => resnet(options)).toThrow(new Error(message));
  });
});
