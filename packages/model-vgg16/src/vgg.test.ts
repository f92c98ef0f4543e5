import { describe, expect, it } from '@jest/globals';
import { summary } from '@paperlab/core';
import { fastConvolutionGradients, modelContract } from '@paperlab/core/testing';
import '@tensorflow/tfjs-backend-cpu';
import { vgg, vgg16, type VggOptions } from './vgg.js';

describe('vgg', () => {
  fastConvolutionGradients();
  modelContract(() => vgg({ variant: 'mini' }));

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

  it.each<[VggOptions, string[]]>([
    [{}, ['112×112×64', '56×56×128', '28×28×256', '14×14×512', '7×7×512', '25088']],
    [{ variant: 'mini' }, ['16×16×64', '8×8×128', '4×4×256', '2×2×512', '1×1×512', '512']],
  ])('%j halves the image in each block', (options, sizes) => {
    const { rows } = summary(vgg(options));
    const outputs = ['pool1', 'pool2', 'pool3', 'pool4', 'pool5', 'flatten'];
    expect(outputs.map((name) => rows.find(({ layer }) => layer === name)!.output.join('×'))).toEqual(sizes);
  });

  it('has one batch normalization in each block of the seed, LRN after the first convolution of A-LRN', () => {
    const layersOf = (options: VggOptions, of: string) =>
      summary(vgg(options)).rows.flatMap(({ layer, type }) => (type === of ? [layer] : []));
    expect(layersOf({ variant: 'seed' }, 'BatchNormalization')).toEqual(['bn1', 'bn2', 'bn3', 'bn4', 'bn5']);
    expect(layersOf({ variant: 'D' }, 'BatchNormalization')).toEqual([]);
    expect(layersOf({ variant: 'A-LRN' }, 'LocalResponseNormalization')).toEqual(['norm1']);
  });

  it('says what it is made of', () => {
    expect(vgg({ variant: 'E' }).name).toBe('vgg19');
    expect(vgg16({ variant: 'mini', pooling: 'min' })).toMatchObject({
      name: 'vgg16',
      inputShape: [32, 32, 3],
      classes: 10,
      config: {
        variant: 'mini',
        classes: 10,
        inputSize: 32,
        pooling: 'min',
        batchNorm: true,
        dropout: 0.5,
        initialWeights: 'pytorch',
      },
    });
  });

  it.each<[object, string]>([
    [
      { variant: 'F' },
      'variant in vgg is "F"; it must be "A", "A-LRN", "B", "C", "D", "E", "seed" or "mini"',
    ],
    [{ classes: 1 }, 'classes in vgg is 1; it must be a whole number, 2 or more'],
    [{ inputSize: 31 }, 'inputSize in vgg is 31; it must be a whole number, 32 or more'],
    [{ dropout: 1 }, 'dropout in vgg is 1; it must be a number from 0 up to, not including, 1'],
    [{ pool: 'min' }, 'unknown key "pool" in vgg; the keys are '],
  ])('refuses %j', (options, message) => {
    expect(() => vgg(options)).toThrow(message);
  });
});
