/**
 * One worker of several, or one process alone where `TF_CONFIG` is not set: `DEVICES`, of which each has a replica. Trains some
 * experiments and reports the metrics and all weights after each, as JSON.
 */
import { adam, ema, replicas, workers } from '@paperlab/core';
import { tensorflow } from '@paperlab/engine';
import { clusterFrom, train } from '@paperlab/runner';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { mixed, smallExperiment } from './small-experiment.js';

const devices = Array.from({ length: Number(process.argv[2]) }, (_, i) => `cpu:${i}`);
const engine = await tensorflow({ cpuDevices: devices.length, cluster: clusterFrom() });

async function trained(batchNorm: boolean, changes: object = {}, syncBatchNorm = batchNorm) {
  const placement = workers({ each: replicas({ devices }), syncBatchNorm });
  const experiment = smallExperiment(placement, batchNorm, changes);
  const built: LayersModel[] = [];
  const model = {
    ...experiment.model,
    build() {
      const network = experiment.model.build();
      built.push(network);
      return network;
    },
  };
  const metrics: number[][] = [];
  let weights: number[][] = [];
  for await (const { train: learned, valid } of train({ ...experiment, model }, { engine })) {
    metrics.push([learned.loss, learned.top1, valid.loss, valid.top1]);
    weights = built[0]!.getWeights().map((weight) => Array.from(weight.dataSync()));
  }
  return { metrics, weights };
}

const report = {
  plain: await trained(false),
  'batch norm': await trained(true),
  // The last batch has two examples.
  few: await trained(true, { batchSize: 37 }),
  accumulating: await trained(false, {
    gradientAccumulationSteps: 2,
    optimizer: adam({ learningRate: 1e-3 }),
    globalClipNorm: 1,
    averaging: ema({ decay: 0.9 }),
  }),
  mixed: await trained(false, mixed),
  apart: await trained(true, {}, false),
};
process.stdout.write(JSON.stringify(report), () => process.exit(0));
