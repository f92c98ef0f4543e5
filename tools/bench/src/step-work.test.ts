import { expect, it } from '@jest/globals';
import { stepFlops, workOf } from './step-work.js';

it.each([
  // Multiply-accumulates by hand: C1, C3, C5, F6, output. The image's gradient is not needed.
  ['lenet5', 2 * (3 * (117_600 + 240_000 + 48_000 + 10_080 + 840) - 117_600)],
  // Both columns see the image.
  ['alexnet', 2 * (3 * 724_406_816 - 2 * 55 * 55 * 48 * 11 * 11 * 3)],
])('counts the operations of a step of %s', (name, flops) => {
  expect(stepFlops(name, 1)).toBe(flops);
  expect(stepFlops(name, 8)).toBe(8 * flops);
});

it('is what a network has by default', () => {
  expect(workOf('lenet5', 'float32', undefined, undefined)).toEqual({
    network: 'lenet5',
    batch: 32,
    precision: 'float32',
    steps: 1000,
    shape: [32, 32, 1],
    classes: 10,
    optimizer: { kind: 'adam', learningRate: 5e-4 },
    stepsPerCall: 8,
    intraOpThreads: 1,
  });
  // As many as whole calls have.
  expect(workOf('lenet5', 'float32', undefined, 20)).toMatchObject({ steps: 24 });
  expect(workOf('vgg16', 'float32', 64, undefined)).toMatchObject({ batch: 64, steps: 4, classes: 1000 });
  expect(workOf('resnet50', 'bfloat16', 16, 2)).toMatchObject({ batch: 16, precision: 'bfloat16', steps: 2 });
});

it.each(['toString', 'resnet152'])('is refused for %s, which peers do not have', (name) => {
  expect(() => workOf(name, 'float32', undefined, undefined)).toThrow(
    `no network "${name}" with peers; there are lenet5, alexnet, vgg16, minivgg16, googlenet, resnet50, resnet20`,
  );
});
