import { checkWholeNumber } from '@paperlab/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { availableParallelism } from 'node:os';
import type { TensorFlowBackend } from '../backend.js';
import { removeTraced, trace, type TracedFunction } from '../compile.js';
import type { Attributes, EagerTensor } from '../value.js';
import { elementAttributes, type ElementStructure } from './element.js';

export interface MapOptions {
  /** Calls that may run at once; the order of the elements stays. Default: one per core. */
  readonly parallel?: number;
}

/** A dataset of TensorFlow's, and what its elements are. */
export interface BuiltDataset extends ElementStructure {
  /** The dataset itself, dtype variant. It refers to those that it is made of. */
  readonly variant: EagerTensor;
}

/** A function of elements as dataset ops take it: by name, with the tensors that it captured. */
interface ElementFunction extends ElementStructure {
  readonly captured: readonly EagerTensor[];
  readonly attributes: Attributes;
}

/**
 * Makes TensorFlow's datasets, and keeps what that takes until they are in use: an iterator refers to its dataset and
 * has copies of its functions, so everything here can go as soon as the iterator has been started.
 */
export class DatasetBuilder {
  readonly backend: TensorFlowBackend;
  readonly #owned: EagerTensor[] = [];
  readonly #functions: TracedFunction[] = [];

  constructor(backend: TensorFlowBackend) {
    if (backend.runtime.trace) {
      throw new Error(
        'A dataset is started inside a compiled function. Make its iterator outside, and call next() inside.',
      );
    }
    this.backend = backend;
  }

  /** Executes a dataset op, on the CPU, where input pipelines run. */
  dataset(
    op: string,
    inputs: readonly EagerTensor[],
    structure: ElementStructure,
    attributes: Attributes = {},
  ): BuiltDataset {
    const { specs, rebuild } = structure;
    const all = { ...elementAttributes(structure), ...attributes };
    const [variant] = this.backend.runtime.executeEagerly(op, inputs, all, 1, 'CPU:0');
    return { variant: this.#own(variant!), specs, rebuild };
  }

  /** A tfjs tensor's. */
  value(tensor: Tensor): EagerTensor {
    const { value, temporary } = this.backend.borrow(tensor);
    return temporary ? this.#own(value) : value;
  }

  int64(value: number): EagerTensor {
    return this.#own(this.backend.runtime.tensor('int64', [], [BigInt(value)]));
  }

  bool(value: boolean): EagerTensor {
    return this.#own(this.backend.runtime.tensor('bool', [], [value]));
  }

  string(value: string): EagerTensor {
    return this.#own(this.backend.runtime.tensor('string', [], [value]));
  }

  /** The numbers from 0 to `size` - 1, int32 scalars. */
  range(size: number): BuiltDataset {
    const inputs = [this.int64(0), this.int64(size), this.int64(1)];
    return this.dataset('RangeDataset', inputs, {
      specs: [{ dtype: 'int32', shape: [] }],
      rebuild: ([number]) => number,
    });
  }

  map(
    input: BuiltDataset,
    fn: (element: never) => unknown,
    { parallel = availableParallelism() }: MapOptions = {},
  ): BuiltDataset {
    checkWholeNumber('map', 'parallel', parallel, 1);
    const { captured, attributes, ...structure } = this.#function('f', fn, input);
    if (structure.specs.length === 0)
      throw new Error('map: there is no tensor in what the function returns.');
    return this.dataset(
      'ParallelMapDatasetV2',
      [input.variant, ...captured, this.int64(parallel)],
      structure,
      { ...attributes, deterministic: 'true', preserve_cardinality: true },
    );
  }

  filter(input: BuiltDataset, predicate: (element: never) => unknown): BuiltDataset {
    const { captured, attributes, specs } = this.#function('predicate', predicate, input);
    if (specs.length !== 1 || specs[0]!.dtype !== 'bool' || specs[0]!.shape.length > 0) {
      const given =
        specs.map(({ dtype, shape }) => `${dtype} [${shape.join(', ')}]`).join(' and ') || 'nothing';
      throw new Error(`filter: the function gives ${given}; it must give a bool scalar.`);
    }
    return this.dataset('FilterDataset', [input.variant, ...captured], input, attributes);
  }

  /**
   * Traces a function of elements.
   * @param attribute by which the op takes it
   */
  #function(
    attribute: string,
    fn: (element: never) => unknown,
    { specs, rebuild }: ElementStructure,
  ): ElementFunction {
    const body = fn as (element: unknown) => unknown;
    const parameters = { specs, rebuild: (tensors: readonly Tensor[]) => [rebuild(tensors)] };
    // Outside of device scopes: it runs where the dataset is.
    const traced = this.backend.runtime.scope.within(undefined, () => trace(this.backend, body, parameters));
    this.#functions.push(traced);
    if (traced.draws.length > 0) throw new Error('The functions of a dataset cannot draw from an input.');
    const captured = traced.sources.slice(specs.length).map((source) => source([]));
    return {
      captured,
      attributes: { [attribute]: traced.name, Targuments: captured.map(({ dtype }) => dtype) },
      specs: traced.outputs.map(({ dtype, shape }) => ({ dtype, shape })),
      rebuild: (tensors) => traced.rebuild(tensors),
    };
  }

  dispose(): void {
    const { runtime } = this.backend;
    for (const fun of this.#functions.splice(0)) removeTraced(runtime, fun);
    for (const tensor of this.#owned.splice(0)) runtime.delete(tensor);
  }

  #own(tensor: EagerTensor): EagerTensor {
    this.#owned.push(tensor);
    return tensor;
  }
}
