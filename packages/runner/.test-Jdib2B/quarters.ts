import { adam, defineExperiment, sgd, type Dataset } from '@paperlab/core';
import { layers, sequential } from '@tensorflow/tfjs-layers';

const quarters: Dataset = {
  name: 'quarters',
  classNames: ['a', 'b', 'c', 'd'],
  imageShape: [4, 4, 1],
  async open(split) {
    const size = split === 'train' ? 640 : 40;
    const labels = Int32Array.from({ length: size }, (_, i) => i % 4);
    const images = Uint8Array.from({ length: size * 16 }, (_, i) => {
      const pixel = i % 16;
      const quarter = (pixel >= 8 ? 2 : 0) + (pixel % 4 >= 2 ? 1 : 0);
      return quarter === labels[Math.floor(i / 16)] ? 200 : 20;
    });
    return {
      size,
      source: { kind: 'arrays', images, shape: [4, 4, 1], labels },
      transforms: [{ name: 'scale', factor: 1 / 255, offset: 0 }],
      digest: 'quarters',
    };
  },
};
const build = () =>
  sequential({
    layers: [layers.flatten({ inputShape: [4, 4, 1] }), layers.dense({ name: 'output', units: 4 })],
  });
void sgd;
export const experiment = defineExperiment({
  name: 'quarters',
  model: { name: 'linear', inputShape: [4, 4, 1], classes: 4, build },
  dataset: quarters,
  optimizer: adam({ learningRate: 0.05 }),
  batchSize: 16,
  epochs: 2,
});
