import type { Compiled, CompileOptions, Engine, Input, TrainStep } from '@paperlab/core';
import { concat, dispose, reshape, type Scalar, tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import { PerSize } from './per-size.js';

type Step = Compiled<[numbers: Tensor1D, batchNumber: Scalar], Tensor1D>;

/** What a step gives back: `BatchSums`, and the seconds that it waited for its batch. */
export interface Sums {
  readonly sums: Float32Array;
  readonly waited: number;
}

/** A train step with its input, compiled once for each batch size: the last batch of an epoch may be smaller. */
export class CompiledSteps {
  readonly #apply: PerSize<Step>;
  readonly #accumulate: PerSize<Compiled<[batchNumber: Scalar], Tensor1D>>;

  constructor(
    engine: Engine,
    step: Pick<TrainStep, 'apply' | 'accumulate'>,
    input: Input,
    options: CompileOptions,
  ) {
    this.#apply = new PerSize((size) =>
      engine.compile(function train(numbers: Tensor1D, batchNumber: Scalar) {
        const { waited, ...batch } = input.next(size);
        return concat([step.apply(batch, numbers, batchNumber), reshape(waited ?? 0, [1])]);
      }, options),
    );
    this.#accumulate = new PerSize((size) =>
      engine.compile(function accumulate(batchNumber: Scalar) {
        const { waited, ...batch } = input.next(size);
        return concat([step.accumulate(batch, batchNumber), reshape(waited ?? 0, [1])]);
      }, options),
    );
  }

  /** One step on the input's next batch. */
  async apply(size: number, numbers: number[], batchNumber: number): Promise<Sums> {
    const compiled = this.#apply.of(size);
    return split(await take(numbers, batchNumber, (vector, number) => compiled.run(vector, number)));
  }

  /** Several steps, on as many batches, in one call. */
  async applyEach(size: number, numbers: number[][], batchNumbers: number[]): Promise<Sums[]> {
    const compiled = this.#apply.of(size);
    const all = await take(numbers, batchNumbers, (matrix, counts) =>
      compiled.repeat(numbers.length, matrix, counts),
    );
    const each = all.length / numbers.length;
    return numbers.map((_, i) => split(all.subarray(i * each, (i + 1) * each)));
  }

  /** Takes the input's next batch into the step to come. */
  async accumulate(size: number, batchNumber: number): Promise<Sums> {
    const compiled = this.#accumulate.of(size);
    return split(await take([], batchNumber, (_, number) => compiled.run(number)));
  }

  dispose(): void {
    this.#apply.dispose();
    this.#accumulate.dispose();
  }
}

const split = (values: Float32Array): Sums => ({ sums: values.subarray(0, -1), waited: values.at(-1)! });

/** Feeds a compiled step and reads what it gives. */
async function take(
  numbers: number[] | number[][],
  batchNumbers: number | number[],
  run: (numbers: Tensor1D, batchNumbers: Scalar) => Promise<Tensor1D>,
): Promise<Float32Array> {
  const inputs = [tensor(numbers, undefined, 'float32'), tensor(batchNumbers, undefined, 'int32')] as const;
  try {
    const values = await run(inputs[0] as Tensor1D, inputs[1] as Scalar);
    const numbersOf = values.dataSync() as Float32Array;
    values.dispose();
    return numbersOf;
  } finally {
    dispose([...inputs]);
  }
}
