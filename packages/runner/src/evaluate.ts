import {
  type Device,
  type Engine,
  Evaluation,
  type EvaluationResult,
  type Loss,
  outputsOf,
  type Precision,
  softmaxCrossEntropy,
  type Split,
} from '@paperlab/core';
import { dispose } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { PerSize } from './per-size.js';

export interface EvaluateOptions {
  readonly engine: Engine;
  readonly device: Device;
  /** Default: softmax cross-entropy. */
  readonly loss?: Loss;
  readonly classes: number;
  /** Default: float32. */
  readonly precision?: Precision;
  /** Default 100. */
  readonly batchSize?: number;
  /** Told after each batch how many images are done. */
  readonly onBatch?: (done: number) => void;
}

/** How well a model, on the engine's backend, does on a split. */
export async function evaluate(
  model: LayersModel,
  split: Split,
  {
    engine,
    device,
    precision,
    loss = softmaxCrossEntropy,
    classes,
    batchSize = 100,
    onBatch,
  }: EvaluateOptions,
): Promise<EvaluationResult> {
  const input = await engine.input(split, { batchSize: Math.min(batchSize, split.size) });
  const compiled = new PerSize((size) =>
    engine.compile(
      function evaluate() {
        const { images, labels } = input.next(size);
        const outputs = outputsOf(model, images, false);
        return { logits: outputs[0]!, labels, losses: loss(outputs, labels, false) };
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
