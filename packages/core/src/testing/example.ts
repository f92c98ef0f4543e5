import { input, model as layersModel } from '@tensorflow/tfjs-layers';
import { chain } from '../blocks/block.js';
import { dense, flatten } from '../blocks/dense.js';
import type { Dataset, Split } from '../dataset.js';
import { defineExperiment, type Experiment, experimentParams } from '../experiment.js';
import type { Model } from '../model.js';
import { sgd } from '../optimizers/sgd.js';
import type { RunDescription } from '../tracker.js';

/** The smallest experiment that is whole, for tests of what takes one: eight images of 4×4 pixels, a linear model. */
export function exampleExperiment(name = 'example'): Experiment {
  return defineExperiment({
    name,
    model: linear,
    dataset: halves,
    optimizer: sgd({ learningRate: 0.1 }),
    batchSize: 4,
    epochs: 2,
  });
}

/** The example as a run that a tracker is told to record. */
export async function exampleRun(name?: string): Promise<RunDescription> {
  const experiment = exampleExperiment(name);
  return {
    experiment,
    params: experimentParams(experiment),
    tags: { 'mlflow.source.name': 'example.ts' },
    datasets: { train: await halves.open('train'), valid: await halves.open('valid') },
  };
}

const linear: Model = {
  name: 'linear',
  inputShape: [4, 4, 1],
  classes: 2,
  build() {
    const image = input({ shape: [4, 4, 1] });
    return layersModel({
      name: 'linear',
      inputs: image,
      outputs: chain(flatten('flatten'), dense('output', 2))(image),
    });
  },
};

/** Bright above and dark below, or the other way round. */
const halves: Dataset = {
  name: 'halves',
  classNames: ['top', 'bottom'],
  imageShape: [4, 4, 1],
  open: async (): Promise<Split> => {
    const labels = Int32Array.from({ length: 8 }, (_, image) => image % 2);
    const images = Uint8Array.from({ length: 8 * 16 }, (_, i) =>
      Math.floor((i % 16) / 8) === labels[Math.floor(i / 16)] ? 255 : i % 16,
    );
    return {
      size: 8,
      source: { kind: 'arrays', images, shape: [4, 4, 1], labels },
      transforms: [{ name: 'scale', factor: 1 / 255, offset: 0 }],
      digest: 'halves-8',
    };
  },
};
