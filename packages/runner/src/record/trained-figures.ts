import { type Device, type Engine, type EpochResult, outputsOf } from '@paperlab/core';
import { dispose, tensor, tidy } from '@tensorflow/tfjs-core';
import { type LayersModel, model as functional } from '@tensorflow/tfjs-layers';
import { evaluate } from '../evaluate.js';
import { firstConvolutions, shownConvolutions } from './convolutions.js';
import { type Part, picture } from './part.js';
import type { RecordedRun } from './run-record.js';

/** Mistakes in the gallery. */
const SHOWN = 64;

/** Loss and accuracy by epoch. */
export const curvesOf = (name: string, results: readonly EpochResult[], step: number): Part =>
  picture('curves', step, async () => (await import('../figures/curves.js')).learningCurves(results, name));

/** A network as it is evaluated, after so many steps. */
export interface Trained {
  readonly model: LayersModel;
  readonly device: Device;
  readonly step: number;
}

/** What can be seen of a trained network: what it mistakes, what its filters look for, what they find in an image. */
export function figuresOf(trained: Trained, run: RecordedRun, signal: AbortSignal | undefined): Part[] {
  const { step, model } = trained;
  return [
    { what: 'confusion matrix', make: () => evaluationFigures(trained, run, signal) },
    ...(firstConvolutions(model).length > 0
      ? [picture('first-layer filters', step, () => filters(model))]
      : []),
    ...(shownConvolutions(model).length > 0 ? [picture('feature maps', step, () => maps(trained, run))] : []),
  ];
}

async function evaluationFigures(
  { model, device, step }: Trained,
  { engine, training, description }: RecordedRun,
  signal: AbortSignal | undefined,
) {
  const { experiment, datasets } = description;
  const { precision, batchSize, model: network } = experiment;
  const valid = datasets.valid!;
  const { confusion, mistakes } = await evaluate(model, valid, {
    engine,
    device,
    precision,
    batchSize,
    loss: network.loss,
    classes: network.classes,
    take: training.validImages,
    onBatch: () => signal?.throwIfAborted(),
  });
  const { confusionMatrix } = await import('../figures/confusion-matrix.js');
  const { mistakesGallery } = await import('../figures/mistakes-gallery.js');
  const { classNames } = experiment.dataset;
  const worst = mistakes.slice(0, SHOWN);
  const title = `${experiment.name}, step ${step}: the ${worst.length} worst of ${mistakes.length} mistakes`;
  const images = {
    'confusion matrix': await confusionMatrix(confusion, classNames),
    ...(worst.length > 0 && { mistakes: await mistakesGallery(worst, valid.source, classNames, title) }),
  };
  return Object.entries(images).map(([name, png]) => ({ kind: 'image', name, step, png }) as const);
}

async function filters(model: LayersModel): Promise<Uint8Array> {
  const { filterGrid } = await import('../figures/filters.js');
  const kernels = firstConvolutions(model).map(async ({ name, weights }) => {
    const kernel = weights.map((weight) => weight.read()).find(({ rank }) => rank === 4)!;
    const values = (await kernel.data()) as Float32Array;
    return { layer: name, values, shape: kernel.shape as [number, number, number, number] };
  });
  return filterGrid(await Promise.all(kernels));
}

async function maps(
  { model, device, step }: Trained,
  { engine, training, description }: RecordedRun,
): Promise<Uint8Array> {
  const { featureMaps } = await import('../figures/feature-maps.js');
  const { pixels, shape, labels, examples } = await training.firstImages('valid', 1);
  const layers = shownConvolutions(model);
  const outputs = layers.map((layer) => layer.getOutputAt(0)).flat();
  const network = functional({ inputs: model.inputs, outputs });
  const found = onDevice(engine, device, () =>
    tidy(() => outputsOf(network, tensor(pixels, [1, ...shape]), false)),
  );
  const rows = await Promise.all(
    found.map(async (output, i) => ({
      layer: layers[i]!.name,
      values: (await output.data()) as Float32Array,
      shape: output.shape.slice(1) as [number, number, number],
    })),
  );
  dispose(found);
  const { name, dataset } = description.experiment;
  const title = `${name}, step ${step}: validation image ${examples[0]} (${dataset.classNames[labels[0]!]})`;
  return featureMaps([{ layer: 'image', values: pixels, shape }, ...rows], title);
}

const onDevice = <Result>(engine: Engine, device: Device, compute: () => Result): Result =>
  engine.withDevice ? engine.withDevice(device, compute) : compute();
