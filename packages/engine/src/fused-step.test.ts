import { beforeAll, expect, it } from '@jest/globals';
import { sgd, softmaxCrossEntropy, trainedWeights, TrainStep } from '@paperlab/core';
import * as tf from '@tensorflow/tfjs-core';
import { layers, type LayersModel, sequential } from '@tensorflow/tfjs-layers';
import { tensorflow, type TensorFlowEngine } from './index.js';

let engine: TensorFlowEngine;
beforeAll(async () => {
  engine = await tensorflow();
});

/** Ops of a compiled training step, as TensorFlow executes them: oneDNN's have a prefix. */
async function opsOfStep(model: LayersModel): Promise<string[]> {
  const optimizer = sgd({ learningRate: 0.01 });
  const weights = trainedWeights(model, optimizer);
  const step = new TrainStep({ model, loss: softmaxCrossEntropy, optimizer, weights, seed: 1 });
  const numbers = step.numbers({ step: 0, epoch: 0, stepsPerEpoch: 1, epochs: 1, history: [] });
  const compiled = engine.compile((images: tf.Tensor, labels: tf.Tensor, batchNumber: tf.Scalar) =>
    step.apply({ images, labels } as never, tf.tensor1d(numbers), batchNumber),
  );
  const partitions = await engine.partitions(async () => {
    await compiled.run(tf.ones([4, 8, 8, 3]), tf.zeros([4], 'int32'), tf.scalar(0, 'int32'));
  });
  return partitions.flatMap(({ operations }) => operations.map(({ op }) => op));
}

const count = (ops: readonly string[], op: RegExp) => ops.filter((name) => op.test(name)).length;

it('a convolution with bias and ReLU: one op for each, forward and backward', async () => {
  const ops = await opsOfStep(
    sequential({
      layers: [
        layers.conv2d({ inputShape: [8, 8, 3], filters: 4, kernelSize: 3, activation: 'relu' }),
        layers.flatten(),
        layers.dense({ units: 3 }),
      ],
    }),
  );
  expect(count(ops, /ReluGrad$/)).toBe(1);
  expect(count(ops, /BiasAddGrad$|BackpropFilterWithBias$/)).toBe(2);
  expect(count(ops, /Conv2DBackpropFilter(WithBias)?$/)).toBe(1);
  expect(count(ops, /SparseSoftmaxCrossEntropyWithLogits$/)).toBe(1);
  // What tfjs composes the loss of.
  expect(count(ops, /^(_Mkl)?(LogSoftmax|Softmax|Exp|OneHot)$/)).toBe(0);
});

it('batch normalisation, softplus and dropout: one op and its gradient, one draw', async () => {
  const ops = await opsOfStep(
    sequential({
      layers: [
        layers.conv2d({ inputShape: [8, 8, 3], filters: 4, kernelSize: 3, useBias: false }),
        layers.batchNormalization({}),
        layers.activation({ activation: 'softplus' }),
        layers.dropout({ rate: 0.5 }),
        layers.flatten(),
        layers.dense({ units: 3 }),
      ],
    }),
  );
  expect(count(ops, /FusedBatchNorm(Ex|V3)$/)).toBe(1);
  expect(count(ops, /FusedBatchNormGrad/)).toBe(1);
  expect(count(ops, /SoftplusGrad$/)).toBe(1);
  expect(count(ops, /StatelessRandomUniformV2$/)).toBe(1);
  // What tfjs composes them of.
  expect(count(ops, /^(_Mkl)?(SquaredDifference|Square|Rsqrt|Sqrt|Exp|SelectV2)$/)).toBe(0);
});
