import {
  type Device,
  type Engine,
  type Experiment,
  initialize,
  LossScale,
  namedWeights,
  placeLayers,
  restoreVariables,
  storedTensors,
  type TrainedWeight,
  trainedWeights,
} from '@paperlab/core';
import { dispose, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { join } from 'node:path';
import type { StoredTensors } from './checkpoint/checkpoint.js';

/** An experiment's network with everything that steps change, on its devices. */
export class TrainedNetwork {
  readonly model: LayersModel;
  readonly devices: readonly Device[];
  readonly weights: readonly TrainedWeight[];
  readonly lossScale: LossScale | undefined;

  /** Equal experiments make equal networks. */
  constructor(experiment: Experiment, engine: Engine, devices: readonly Device[]) {
    const { model, optimizer, placement, seed, gradientAccumulationSteps, precision } = experiment;
    this.model = initialize(seed, () => model.build(), model.weights);
    this.devices = devices;
    placeLayers(this.model, engine, placement, devices);
    this.lossScale = precision === 'mixed_float16' ? new LossScale() : undefined;
    this.weights = trainedWeights(this.model, optimizer, {
      rules: experiment.weights,
      average: experiment.averaging !== undefined,
      accumulate: gradientAccumulationSteps > 1,
    });
  }

  /** Copies of everything that steps change: the weights, the optimizer's slots, the averages. */
  async storedTensors(): Promise<Record<string, StoredTensors>> {
    const entries = Object.entries(this.#variables()).map(
      async ([file, variables]) => [file, await storedTensors(variables)] as const,
    );
    return Object.fromEntries(await Promise.all(entries));
  }

  /**
   * Puts everything back that steps change.
   * @param path of the checkpoint, for messages
   * @throws if anything is missing or does not fit
   */
  restore(tensors: Readonly<Record<string, StoredTensors>>, path: string): void {
    for (const [file, variables] of Object.entries(this.#variables()))
      restoreVariables(variables, tensors[file] ?? new Map(), join(path, `${file}.safetensors`));
  }

  #variables(): Record<string, Map<string, Variable>> {
    const slots = this.weights.flatMap(({ name, slots }) =>
      Object.entries(slots).map(([slot, value]) => [`${name}/${slot}`, value] as const),
    );
    const scale = Object.entries(this.lossScale?.variables ?? {}).map(
      ([name, value]) => [`loss_scale/${name}`, value] as const,
    );
    const averages = this.weights.flatMap(({ name, average }) => (average ? [[name, average] as const] : []));
    return {
      weights: namedWeights(this.model),
      optimizer: new Map([...slots, ...scale]),
      ...(averages.length > 0 && { averages: new Map(averages) }),
    };
  }

  dispose(): void {
    this.lossScale?.dispose();
    for (const { slots, average, accumulated } of this.weights) {
      dispose(slots as Record<string, Tensor>);
      average?.dispose();
      accumulated?.dispose();
    }
    // Not model.dispose(): a Sequential counts its layers twice and would keep their weights.
    dispose(this.model.weights.map((weight) => weight.read()));
  }
}
