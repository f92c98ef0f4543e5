import {
  type Batch,
  columns,
  type DevicePlacement,
  type Engine,
  initialize,
  partsOf,
  placeLayers,
  ReplicaSet,
  ReplicatedStep,
  replicas,
  single,
  softmaxCrossEntropy,
  trainedWeights,
  TrainStep,
  type TrainStepOptions,
  workers,
} from '@paperlab/core';
import { tensorflow, type TensorFlowOptions } from '@paperlab/engine';
import { clusterFrom, tfConfigOf } from '@paperlab/runner';
import { slice } from '@tensorflow/tfjs-core';
import getPort from 'get-port';
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { Writable } from 'node:stream';
import type { Network } from './networks.js';
import type { PlacedWork } from './step-work.js';

const WORKERS = 2;
const placements: Readonly<Record<PlacedWork, () => DevicePlacement>> = {
  replicas: () => replicas(),
  columns: () => columns({ top: 'cpu:0', bottom: 'cpu:1' }),
  workers: () => workers(),
};

/** The engine of a placement: with two devices, or in a cluster, whose other process is started. */
export async function engineFor(placed: PlacedWork | undefined, options: TensorFlowOptions): Promise<Engine> {
  if (placed !== 'workers') return tensorflow({ ...options, cpuDevices: placed ? 2 : 1 });
  if (!process.env['TF_CONFIG']) await startOther();
  const intraOpThreads = Math.max(1, Math.floor(availableParallelism() / WORKERS));
  return tensorflow({ intraOpThreads, ...options, cluster: clusterFrom() });
}

let otherInput: Writable | undefined;

/** Lets worker 1 do a round too. By itself it would begin a step while another contender has its turn. */
export const tellOther = (): unknown => otherInput?.write('\n');

/** Starts this program once more, as worker 1, and becomes worker 0. */
async function startOther(): Promise<void> {
  const ports = await Promise.all(Array.from({ length: WORKERS }, () => getPort()));
  const worker = ports.map((port) => `127.0.0.1:${port}`);
  const [program, ...args] = [process.execPath, ...process.execArgv, ...process.argv.slice(1)] as [
    string,
    ...string[],
  ];
  const other = spawn(program, args, {
    env: { ...process.env, TF_CONFIG: tfConfigOf(worker, 1) },
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  process.once('exit', () => other.kill('SIGKILL'));
  otherInput = other.stdin;
  process.env['TF_CONFIG'] = tfConfigOf(worker, 0);
}

/** The step of a network on its devices, each replica's weights where its ops are. */
export function placedStep(
  engine: Engine,
  devices: Awaited<ReturnType<Engine['devices']>>,
  {
    model,
    seed,
    placed,
    optimizer,
  }: {
    readonly model: Network['model'];
    readonly seed: number;
    readonly placed: PlacedWork | undefined;
    readonly optimizer: TrainStepOptions['optimizer'];
  },
): Pick<TrainStep, 'numbers' | 'apply'> {
  const placement = placed ? placements[placed]() : single();
  const chosen = placement.devices(devices);
  const of = placement.replicas?.(chosen) ?? { devices: [chosen], syncBatchNorm: false };
  const steps = of.devices.map((own) => {
    const network = initialize(seed, () => model.build());
    placeLayers(network, engine, placement, own);
    const weights = trainedWeights(network, optimizer);
    return new TrainStep({
      model: network,
      loss: model.loss ?? softmaxCrossEntropy,
      optimizer,
      weights,
      seed,
    });
  });
  if (steps.length === 1 && !engine.worker) return steps[0]!;
  const deviceOf = placement.deviceOf.bind(placement);
  return new ReplicatedStep({ steps, replicas: new ReplicaSet({ engine, replicas: of, deviceOf }) });
}

/** A worker's part of a batch, as its input gives it. */
export function ownPart({ worker }: Engine, { images, labels }: Batch): Batch {
  if (!worker) return { images, labels };
  const part = partsOf(images.shape[0]!, worker.names.length)[worker.index]!;
  const own = (tensor: Batch['images']) => slice(tensor, [part.from], [part.count]);
  return { images: own(images), labels: own(labels), part };
}
