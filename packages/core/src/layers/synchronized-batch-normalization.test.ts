import { beforeAll, expect, it } from '@jest/globals';
import { grads, mul, ready, square, sum, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { layers } from '@tensorflow/tfjs-layers';
import { scattered } from '../testing/layer-gradients.js';
import { synchronized } from './synchronized-batch-normalization.js';

beforeAll(() => ready());

const EPSILON = 1e-3;
const scale = tensor1d([0.5, 2]);
const offset = tensor1d([-1, 3]);
const loss = (y: Tensor) => sum(mul(square(y), scattered(y.shape)));

it('by itself is batch normalisation, with its gradients', () => {
  const x = scattered([4, 3, 2, 2]);
  const layer = layers.batchNormalization({ epsilon: EPSILON, momentum: 0 });
  layer.apply(x);
  layer.setWeights([scale, offset, ...layer.getWeights().slice(2)]);
  const alone = (x: Tensor, scale: Tensor, offset: Tensor) =>
    synchronized(x, scale, offset, EPSILON, (own) => own).y;
  const [gamma, beta] = layer.trainableWeights.map((weight) => weight.read());
  const [dx, dScale, dOffset] = grads((...args: Tensor[]) => loss(alone(args[0]!, args[1]!, args[2]!)))([
    x,
    scale,
    offset,
  ]);
  const [expected] = grads((x: Tensor) => loss(layer.apply(x, { training: true }) as Tensor))([x]);
  expectClose(alone(x, scale, offset), layer.apply(x, { training: true }) as Tensor);
  expectClose(dx!, expected!);
  expect([dScale!.shape, dOffset!.shape]).toEqual([gamma!.shape, beta!.shape]);
  const { mean, variance } = synchronized(x, scale, offset, EPSILON, (own) => own);
  const [, , movingMean, movingVariance] = layer.getWeights() as [Tensor, Tensor, Tensor, Tensor];
  expectClose(mean, movingMean);
  expectClose(variance, movingVariance);
});

it('takes the statistics of all', () => {
  const whole = scattered([4, 3, 2, 2]);
  const { y, mean, variance } = synchronized(whole, scale, offset, EPSILON, (own) => own);
  // Two replicas of which the other has the same examples: sums are twice as large, and so is their number.
  const half = synchronized(whole, scale, offset, EPSILON, (own) => mul(own, 2));
  expectClose(half.y, y);
  expectClose(half.mean, mean);
  expectClose(half.variance, variance);
});

function expectClose(actual: Tensor, expected: Tensor): void {
  expect(actual.shape).toEqual(expected.shape);
  const values = expected.dataSync();
  actual.dataSync().forEach((value, i) => expect(value).toBeCloseTo(values[i]!, 4));
}
