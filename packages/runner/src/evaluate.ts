import {
  type Device,
  type Engine,
  Evaluation,
  type EvaluationResult,
  type Input,
  type Loss,
  outputsOf,
  type Precision,
  softmaxCrossEntropy,
  type Split,
  type TestProtocol,
  unmixed,
} from '@paperlab/core';
import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { fullyConvolutional } from './fully-convolutional.js';
import { PerSize } from './per-size.js';
import { TestedImages } from './tested-images.js';

export interface EvaluateOptions {
  readonly engine: Engine;
  readonly device: Device;
  /** Default: softmax cross-entropy. */
  readonly loss?: Loss;
  readonly classes: number;
  /** Default: float32. */
  readonly precision?: Precision;
  /** Images at once, or views of them. Default 100. */
  readonly batchSize?: number;
  /** At most so many images, the first ones of the split. Default: all. */
  readonly take?: number;
  /** What of each image the model is shown. The loss is then the cross-entropy of its mean output. Default: the image. */
  readonly testProtocol?: TestProtocol;
  /** Told after each batch how many images are done. */
  readonly onBatch?: (done: number) => void;
}

/** What is known of a batch of images. */
interface Judged {
  readonly logits: Tensor;
  readonly labels: Tensor;
  readonly losses: Tensor;
}

/** How well a model, on the engine's backend, does on a split, whose images are not mixed. */
export async function evaluate(
  model: LayersModel,
  split: Split,
  options: EvaluateOptions,
): Promise<EvaluationResult> {
  const { engine, testProtocol, loss = softmaxCrossEntropy, batchSize = 100, take } = options;
  if (!testProtocol) {
    const input = await engine.input(unmixed(split), { batchSize: Math.min(batchSize, split.size), take });
    return judged(input, options, (size) => {
      const { images, labels } = input.next(size);
      const outputs = outputsOf(model, images, false);
      return { logits: outputs[0]!, labels, losses: loss(outputs, labels, false) };
    });
  }
  const network = 'views' in testProtocol ? model : await fullyConvolutional(model);
  try {
    const images = await TestedImages.open(engine, split, testProtocol, batchSize, take);
    return await judged(images, options, (size) => {
      const tested = images.next(size);
      const logits = tested.logits((shown) => outputsOf(network, shown, false)[0]!);
      return { logits, labels: tested.labels, losses: softmaxCrossEntropy([logits], tested.labels) };
    });
  } finally {
    if (network !== model) dispose(network.weights.map((weight) => weight.read()));
  }
}

/** @param judge draws the next images; is compiled */
async function judged(
  input: Pick<Input, 'batches' | 'sizeOf' | 'seek' | 'dispose'>,
  { engine, device, precision, classes, onBatch }: EvaluateOptions,
  judge: (size: number) => Judged,
): Promise<EvaluationResult> {
  const compiled = new PerSize((size) =>
    engine.compile(
      function evaluate() {
        return { ...judge(size) };
      },
      { device, precision },
    ),
  );
  const evaluation = new Evaluation(classes);
  try {
    await input.seek(0);
    for (let batch = 0, done = 0; batch < input.batches; batch++) {
      const size = input.sizeOf(batch);
      const result = await compiled.of(size).run();
      const { logits, labels, losses } = result;
      evaluation.add(
        logits.dataSync() as Float32Array,
        labels.dataSync() as Int32Array,
        losses.dataSync() as Float32Array,
      );
      dispose(result);
      onBatch?.((done += size));
    }
    return evaluation.result();
  } finally {
    compiled.dispose();
    input.dispose();
  }
}
