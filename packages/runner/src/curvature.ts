import {
  type Compiled,
  type Device,
  type Engine,
  type Experiment,
  type Input,
  type Split,
  type TrainStep,
  unmixed,
} from '@paperlab/core';
import { dispose, type Scalar, tensor1d, type Tensor1D } from '@tensorflow/tfjs-core';

type Measure = Compiled<[drawNumber: Scalar, measured: Scalar], Tensor1D>;

/** Examples that are measured in one call of the engine. */
const PER_CALL = 25;

/**
 * Measures, before each epoch, the curvature that an optimizer steps by (`Optimizer.curvature`), on examples of the
 * train split, which are not mixed: others in every epoch, as a function of (seed, epoch).
 */
export class Curvature {
  readonly #engine: Engine;
  readonly #device: Device;
  readonly #input: Input;
  readonly #examples: number;
  #compiled: { readonly of: TrainStep; readonly measure: Measure } | undefined;

  /** @returns nothing if the experiment's optimizer needs none */
  static async of(
    { optimizer, seed }: Experiment,
    engine: Engine,
    device: Device,
    train: Split,
  ): Promise<Curvature | undefined> {
    if (!optimizer.curvature) return undefined;
    // Not the order of training, or these would be the examples that the epoch begins with.
    const input = await engine.input(unmixed(train), { batchSize: 1, shuffle: { seed: seed + 1 } });
    return new Curvature(engine, device, input, Math.min(optimizer.curvature.examples, train.size));
  }

  private constructor(engine: Engine, device: Device, input: Input, examples: number) {
    this.#engine = engine;
    this.#device = device;
    this.#input = input;
    this.#examples = examples;
  }

  async measure(step: TrainStep, epoch: number, signal?: AbortSignal): Promise<void> {
    const measure = this.#measureOf(step);
    await this.#input.seek(epoch);
    for (let first = 0; first < this.#examples; first += PER_CALL) {
      signal?.throwIfAborted();
      const count = Math.min(PER_CALL, this.#examples - first);
      const numbers = Array.from({ length: count }, (_, i) => first + i);
      const draws = tensor1d(
        numbers.map((number) => epoch * this.#examples + number),
        'int32',
      );
      const measured = tensor1d(numbers, 'float32');
      const labels = await measure.repeat(count, draws as never, measured as never);
      dispose([draws, measured, labels]);
    }
  }

  /** Compiled once, and anew where other weights are frozen. */
  #measureOf(step: TrainStep): Measure {
    if (this.#compiled?.of === step) return this.#compiled.measure;
    this.#compiled?.measure.dispose();
    const input = this.#input;
    const measure = this.#engine.compile(
      function measureCurvature(drawNumber: Scalar, measured: Scalar) {
        const { waited: _, ...batch } = input.next(1);
        return step.measureCurvature(batch, drawNumber, measured);
      },
      { device: this.#device },
    );
    this.#compiled = { of: step, measure };
    return measure;
  }

  dispose(): void {
    this.#compiled?.measure.dispose();
    this.#input.dispose();
  }
}
