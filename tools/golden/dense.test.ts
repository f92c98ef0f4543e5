import { describe, expect, it, jest } from '@jest/globals';
import {
  centerCropTest,
  denseTest,
  initialize,
  type Model,
  type Split,
  type TestProtocol,
} from '@paperlab/core';
import { tensorflow } from '@paperlab/engine';
import { alexnet } from '@paperlab/model-alexnet';
import { googlenet } from '@paperlab/model-googlenet';
import { cifarResnet, resnet50 } from '@paperlab/model-resnet50';
import { vgg } from '@paperlab/model-vgg16';
import { evaluate } from '@paperlab/runner';
import { dispose } from '@tensorflow/tfjs-core';

jest.setTimeout(120_000);

const split = (height: number, width: number, classes: number): Split => ({
  size: 3,
  source: {
    kind: 'arrays',
    images: Uint8Array.from({ length: 3 * height * width * 3 }, (_, i) => (i * 7919) % 251),
    shape: [height, width, 3],
    labels: Int32Array.from({ length: 3 }, (_, i) => i % classes),
  },
  transforms: [{ name: 'scale', factor: 1 / 255, offset: 0 }],
  digest: 'noise',
});

async function loss(model: Model, images: Split, testProtocol: TestProtocol): Promise<number> {
  const engine = await tensorflow();
  const [device] = await engine.devices();
  const network = initialize(1, () => model.build());
  try {
    const { classes } = model;
    return (await evaluate(network, images, { engine, device: device!, classes, testProtocol })).loss;
  } finally {
    dispose(network.weights.map((weight) => weight.read()));
  }
}

describe('dense evaluation', () => {
  it.each<[string, Model]>([
    ['VGG A', vgg({ variant: 'A', classes: 10, inputSize: 64, initialWeights: 'glorot' })],
    ['VGG mini', vgg({ variant: 'mini' })],
    ['GoogLeNet', googlenet({ classes: 10, inputSize: 224 })],
    ['ResNet-50', resnet50({ classes: 10, inputSize: 64 })],
    ['ResNet-20', cifarResnet()],
  ])("of %s at its own size is the network's own, with the mirror image", async (_, model) => {
    const side = model.inputShape[0];
    const images = split(side, side, model.classes);
    const centre = centerCropTest({ shortSide: side, size: side });
    const views = centre.views.flatMap((view) => [view, { ...view, mirrored: true }]);
    const own = await loss(model, images, { ...centre, views });
    expect(await loss(model, images, denseTest({ shortSides: [side] }))).toBeCloseTo(own, 4);
    const larger = split(side + 5, side + 40, model.classes);
    expect(await loss(model, larger, denseTest({ shortSides: [side, side + 9] }))).toBeGreaterThan(0);
  });

  it("is refused for AlexNet's two columns, of which one layer reads both", async () => {
    const model = alexnet({ classes: 10, inputSize: 67 });
    await expect(loss(model, split(67, 67, 10), denseTest({ shortSides: [67] }))).rejects.toThrow(
      /top\/fc6 of alexnet reads several layers: it cannot be made a convolution/,
    );
  });
});
