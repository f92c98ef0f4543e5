import { describe, expect, it } from '@jest/globals';
import type { SplitName } from '@paperlab/core';
import { planSplits, type SplitOptions } from './split-plan.js';

const labels = Int32Array.from({ length: 100 }, (_, i) => i % 4);

function images(options: SplitOptions, split: SplitName, parts = ['train', 'test']) {
  const plan = planSplits(parts, options, 'digits');
  const numbers = [...plan.imagesOf(split, labels)];
  return { part: plan.partOf(split), numbers };
}

const numbers = (first: number, end: number) => Array.from({ length: end - first }, (_, i) => first + i);
const all = numbers(0, 100);

describe('splits', () => {
  it.each([
    [['train', 'test'], 'test', 'test'],
    [['train', 'val'], 'val', 'val'],
    [['test', 'train', 'valid'], 'test', 'test'],
    [['train', 'val', 'test'], 'val', 'test'],
  ])('are the published ones if nothing is said: %j', (parts, valid, test) => {
    expect(images({}, 'train', parts)).toEqual({ part: 'train', numbers: all });
    if (parts.includes('val')) expect(images({}, 'valid', parts)).toEqual({ part: valid, numbers: all });
    expect(images({}, 'test', parts)).toEqual({ part: test, numbers: all });
  });

  it('leave to train what a slice of it does not take', () => {
    const options = { valid: 'train[90%:]' };
    expect(images(options, 'valid')).toEqual({ part: 'train', numbers: numbers(90, 100) });
    expect(images(options, 'train')).toEqual({ part: 'train', numbers: numbers(0, 90) });
    expect(images(options, 'test')).toEqual({ part: 'test', numbers: all });
  });

  it('leave to train what two slices do not take', () => {
    const options = { valid: 'train[10:20]', test: 'train[:10]' };
    expect(images(options, 'train').numbers).toEqual(numbers(20, 100));
    expect(images(options, 'test').numbers).toEqual(numbers(0, 10));
  });

  it('may be slices that leave images out', () => {
    const options = { train: 'train[:20%]', valid: 'train[90%:]', test: 'test[:7]' };
    expect(images(options, 'train').numbers).toEqual(numbers(0, 20));
    expect(images(options, 'test')).toEqual({ part: 'test', numbers: numbers(0, 7) });
  });

  it.each([false, true])('leave to train what is not held out, stratified: %s', (stratified) => {
    const options = { valid: { fraction: 0.2, seed: 3, stratified } };
    const [train, valid] = [images(options, 'train'), images(options, 'valid')];
    expect(valid.part).toBe('train');
    expect(valid.numbers).toHaveLength(20);
    expect([...train.numbers, ...valid.numbers].sort((one, other) => one - other)).toEqual(all);
  });

  it('hold out of what train and test leave', () => {
    const options = { train: 'train[:50%]', valid: { fraction: 0.2 }, test: 'train[50%:]' };
    const [train, valid] = [images(options, 'train'), images(options, 'valid')];
    expect([...train.numbers, ...valid.numbers].sort((one, other) => one - other)).toEqual(numbers(0, 50));
    expect(valid.numbers).toHaveLength(10);
  });

  it('test with what is held out where there is nothing else', () => {
    const options = { valid: { fraction: 0.1 } };
    expect(images(options, 'test', ['train'])).toEqual(images(options, 'valid', ['train']));
    expect(images(options, 'train', ['train']).numbers).toHaveLength(90);
  });
});

describe('splits are refused', () => {
  it.each<[SplitOptions, string]>([
    [
      { valid: 'train[90:' },
      'valid of digits is "train[90:"; it must be one of its parts (train, test) or a slice of one, such as "train[90%:]"',
    ],
    [
      { test: 'tset' },
      'test of digits is "tset"; it must be one of its parts (train, test) or a slice of one, such as "train[90%:]"',
    ],
    [{ valid: { fraction: 10 } }, 'fraction in valid of digits is 10; it must be a number between 0 and 1'],
    [
      { valid: { fraction: 0.1, sead: 1 } as never },
      'unknown key "sead" in valid of digits; did you mean "seed"?',
    ],
    [{ valid: {} as never }, 'fraction is missing from valid of digits; it must be a number between 0 and 1'],
  ])('when they are planned: %j', (options, message) => {
    expect(() => planSplits(['train', 'test'], options, 'digits')).toThrow(new Error(message));
  });

  it('if there is nothing to validate with', () => {
    expect(() => planSplits(['train'], {}, 'digits')).toThrow(
      "digits has images for training only; say what to validate with, such as { valid: 'train[90%:]' }",
    );
  });

  it.each<[SplitOptions, SplitName, string]>([
    [
      { train: 'train[:91%]', valid: 'train[90%:]' },
      'train',
      'train and valid of digits, "train[:91%]" and "train[90%:]", overlap by 1 of 91 images; leave train out, and it ' +
        'gets the rest',
    ],
    [
      { train: 'train', test: 'train[:5]' },
      'test',
      'train and test of digits, "train" and "train[:5]", overlap by 5 of 100 images; leave train out, and it gets the rest',
    ],
    [
      { valid: 'train[:1000]' },
      'valid',
      'valid of digits, "train[:1000]", goes beyond the 100 images of train',
    ],
    [{ valid: 'train[50:50]' }, 'train', 'valid of digits, "train[50:50]", has no images: train has 100'],
    [{ valid: 'train' }, 'train', 'train of digits has no images left; take fewer for the other splits'],
    [
      { valid: { fraction: 0.001 } },
      'valid',
      'valid of digits has no images left; take fewer for the other splits',
    ],
  ])('when the images are counted: %j', (options, split, message) => {
    expect(() => images(options, split)).toThrow(new Error(message));
  });
});
