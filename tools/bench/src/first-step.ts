/** One step of a network on images that are made up, in a process of its own: what `start-up` times. */
import { initialize, sgd, softmaxCrossEntropy, summary, trainedWeights, TrainStep } from '@paperlab/core';
import { tensorflow } from '@paperlab/engine';
import { fill, scalar, tensor1d, zeros } from '@tensorflow/tfjs-core';
import { networkNamed } from './networks.js';

const START = { step: 0, epoch: 0, stepsPerEpoch: 1, epochs: 1, history: [] };
const [what, name] = process.argv.slice(2);
const { model, batchSize } = networkNamed(name);
if (what === 'summary') summary(model);
else await step();
console.log('done');

async function step(): Promise<void> {
  const engine = await tensorflow();
  const network = initialize(1, () => model.build());
  const optimizer = sgd({ learningRate: 0.01, momentum: 0.9, weightDecay: 5e-4 });
  const weights = trainedWeights(network, optimizer);
  const train = new TrainStep({ model: network, loss: softmaxCrossEntropy, optimizer, weights, seed: 1 });
  const batch = { images: fill([batchSize, ...model.inputShape], 0.5), labels: zeros([batchSize], 'int32') };
  const compiled = engine.compile(() =>
    train.apply(batch, tensor1d(train.numbers(START)), scalar(0, 'int32')),
  );
  const [loss] = (await compiled.run()).dataSync();
  if (!Number.isFinite(loss)) throw new Error(`the loss is ${loss}`);
}
