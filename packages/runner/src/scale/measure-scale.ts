import {
  type Device,
  type Engine,
  type Experiment,
  parseOptions,
  replicas,
  single,
  summary,
  wholeNumber,
} from '@paperlab/core';
import { countGpus, tensorflow } from '@paperlab/engine';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import type { ProfileSummary } from '../profile/summary.js';
import { TIMED_CALLS } from '../steps-per-call.js';
import { train } from '../train.js';
import { predict, type ScalePrediction } from './prediction.js';

export interface ScaleOptions {
  /** Devices to measure beside one: GPUs, or logical CPU devices that share the cores. Default: all GPUs, or 2. */
  readonly devices?: number;
  /** Optimizer steps that are measured in a round. Default 5. */
  readonly steps?: number;
  /** Rounds of each, in turn; medians are reported. Default 3. */
  readonly rounds?: number;
  /** Bytes a second, each way, of the link that predictions are for. Default: there are none. */
  readonly bandwidth?: number;
  /** Numbers of devices that are predicted. Default 2, 4, 8, 16. */
  readonly predicted?: readonly number[];
  readonly signal?: AbortSignal;
  /** Told, a line at a time, what is going on. */
  readonly report?: (line: string) => void;
}

/** Steps on some devices. */
export interface ScaleFigures {
  readonly devices: number;
  /** Images of a step, over all devices. */
  readonly batchSize: number;
  /** Seconds of a step. */
  readonly stepTime: number;
  readonly imagesPerSecond: number;
  /** Of what as many devices would do that had nothing to sum, 0..1; on cores that they share, of what one does. */
  readonly efficiency: number;
  /** Of the step's time in which gradients are summed and nothing is computed, 0..1. */
  readonly reductionShare: number;
}

export interface Scale {
  readonly one: ScaleFigures;
  readonly many: ScaleFigures;
  /** Whether the devices are logical ones of a CPU, which share its cores and one batch. */
  readonly shared: boolean;
  readonly predictions: readonly (ScalePrediction & { readonly imagesPerSecond: number })[];
}

const schema = z.object({
  devices: wholeNumber(2).optional(),
  steps: wholeNumber(1).default(5),
  rounds: wholeNumber(1).default(3),
  bandwidth: z.number('bytes a second, more than 0').gt(0, 'bytes a second, more than 0').optional(),
  predicted: z.array(wholeNumber(1), 'a list of whole numbers').default([2, 4, 8, 16]),
});

/**
 * Measures what an experiment's steps take on one device and on several, and predicts more. Each GPU has the experiment's
 * batch; logical CPU devices share it.
 * @throws if there are fewer devices
 */
export async function measureScale(
  experiment: Experiment,
  { signal, report, ...options }: ScaleOptions = {},
): Promise<Scale> {
  const parsed = parseOptions(schema, options, 'measureScale');
  const gpus = countGpus();
  const count = parsed.devices ?? Math.max(2, gpus);
  const engine = await tensorflow({ report, signal, ...(gpus === 0 && { cpuDevices: count }) });
  const { devices, shared } = chosen(await engine.devices(), count);
  const { batchSize } = experiment;
  const variants = [
    { ...experiment, placement: single(devices[0]!.name) },
    {
      ...experiment,
      placement: replicas({ devices: devices.map(({ name }) => name) }),
      batchSize: shared ? batchSize : count * batchSize,
    },
  ] as const;
  const profiles: [ProfileSummary[], ProfileSummary[]] = [[], []];
  for (let round = 1; round <= parsed.rounds; round++)
    for (const [i, variant] of variants.entries()) {
      const profile = await profiled(variant, engine, parsed.steps, signal);
      profiles[i]!.push(profile);
      report?.(
        `round ${round}  ${i === 0 ? 'one device' : `${count} devices`}  ${(profile.stepTime / 1000).toFixed(3)} s a step`,
      );
    }
  const [alone, together] = profiles.map((found, i) => ({
    devices: i === 0 ? 1 : count,
    batchSize: variants[i]!.batchSize,
    stepTime: median(found.map(({ stepTime }) => stepTime / 1000)),
    reductionShare: median(found.map(({ shares }) => shares.reduction)),
  })) as [
    Omit<ScaleFigures, 'imagesPerSecond' | 'efficiency'>,
    Omit<ScaleFigures, 'imagesPerSecond' | 'efficiency'>,
  ];
  const one = { ...alone, imagesPerSecond: alone.batchSize / alone.stepTime, efficiency: 1 };
  const imagesPerSecond = together.batchSize / together.stepTime;
  const efficiency = imagesPerSecond / one.imagesPerSecond / (shared ? 1 : count);
  const gradientBytes = 4 * summary(experiment.model).trainableParameters;
  const { bandwidth, predicted } = parsed;
  const predictions =
    bandwidth === undefined
      ? []
      : predicted.map((many) => {
          const found = predict({ stepTime: one.stepTime, gradientBytes }, many, bandwidth);
          return { ...found, imagesPerSecond: (many * batchSize) / found.stepTime };
        });
  await engine.dispose();
  return { one, many: { ...together, imagesPerSecond, efficiency }, shared, predictions };
}

function chosen(available: readonly Device[], count: number) {
  const gpus = available.filter(({ type }) => type === 'GPU');
  const devices = (gpus.length > 0 ? gpus : available).slice(0, count);
  if (devices.length < count)
    throw new Error(
      `measureScale: devices is ${count}, and there are ${devices.map(({ name }) => name).join(', ')}`,
    );
  return { devices, shared: gpus.length === 0 };
}

/** Steps of an experiment, once it has warmed up. */
async function profiled(
  experiment: Experiment,
  engine: Engine,
  steps: number,
  signal: AbortSignal | undefined,
): Promise<ProfileSummary> {
  const folder = await mkdtemp(join(tmpdir(), 'paperlab-scale-'));
  try {
    let found: ProfileSummary | undefined;
    const onProfile = (summary: ProfileSummary) => (found = summary);
    const limits = { maxSteps: TIMED_CALLS + steps, limitValidBatches: 1 };
    const endless = { ...experiment, epochs: Number.MAX_SAFE_INTEGER, callbacks: [] };
    const profile = { steps, folder, onProfile };
    for await (const _ of train(endless, { engine, limits, profile, signal }));
    return found!;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
}
