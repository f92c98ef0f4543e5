import { type Scalar, scalar } from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from '../backend.js';
import { TensorFlowError } from '../status.js';
import type { Explainer } from '../trace.js';
import type { EagerTensor, Value } from '../value.js';
import { type BuiltDataset, DatasetBuilder } from './builder.js';
import type { TensorFlowDataset } from './dataset.js';
import { elementAttributes, type ElementStructure, reshaped } from './element.js';

/**
 * `tensorflow.data.Options { autotune_options { enabled: false } }`. The tuner's thread sleeps for ever longer, and
 * closing an iterator waits for it: up to 20 s were seen.
 */
const UNTUNED = '\x3a\x02\x08\x00';

/** IteratorGetNext hands over to another thread and back, which takes three times as long as what it does. */
const GET_NEXT = 'IteratorGetNextSync';

/**
 * A position in a dataset. `next()` outside of compiled functions waits for the next element; inside one it becomes
 * part of the graph, and every call of the function draws anew. After the last element both fail with OUT_OF_RANGE.
 */
export class DatasetIterator<Element> {
  readonly #backend: TensorFlowBackend;
  readonly #structure: ElementStructure;
  readonly #handle: EagerTensor;
  readonly #explain: Explainer | undefined;

  /**
   * An iterator that is not started yet.
   * @param explain says more about errors of functions that call `next`
   */
  constructor(backend: TensorFlowBackend, structure: ElementStructure, explain?: Explainer) {
    this.#backend = backend;
    this.#structure = { specs: structure.specs, rebuild: (tensors) => structure.rebuild(tensors) };
    this.#explain = explain;
    const attributes = elementAttributes(structure);
    const [handle] = backend.runtime.executeEagerly('AnonymousIteratorV3', [], attributes, 1, 'CPU:0');
    // Its elements count as placed nowhere, so that ops on them do not stay on the CPU.
    this.#handle = { ...handle!, device: undefined };
  }

  /** Goes to the beginning of a dataset, which has elements of the same structure. */
  start(dataset: TensorFlowDataset<Element>): void {
    const builder = new DatasetBuilder(this.#backend);
    try {
      this.startWith(dataset.build(builder), builder);
    } finally {
      builder.dispose();
    }
  }

  startWith(built: BuiltDataset, builder: DatasetBuilder): void {
    const options = { serialized_options: UNTUNED };
    const { variant } = builder.dataset('OptionsDataset', [built.variant], built, options);
    this.#backend.runtime.executeEagerly('MakeIterator', [variant, this.#handle], {}, 0, 'CPU:0');
  }

  /**
   * The next element.
   * @param size of the batch, where the dataset does not tell: a compiled function then knows its tensors' shapes
   */
  next(size?: number): Element {
    const structure = this.#structureOf(size);
    if (this.#explain) this.#backend.runtime.trace?.explainers.push(this.#explain);
    const values = this.#backend.runtime.execute(GET_NEXT, [this.#handle], elementAttributes(structure));
    return this.#element(structure, values);
  }

  /**
   * The next element, and the seconds waited for it. A compiled function gets it as an input: among calls that follow each
   * other in one, it is drawn while the call before runs.
   */
  draw(size?: number): { element: Element; waited: Scalar } {
    const { trace } = this.#backend.runtime;
    if (!trace) {
      const start = performance.now();
      return { element: this.next(size), waited: scalar((performance.now() - start) / 1000) };
    }
    const structure = this.#structureOf(size);
    const attributes = elementAttributes(structure);
    if (this.#explain) trace.explainers.push(this.#explain);
    const { specs } = structure;
    const { values, waited } = trace.draw({ op: GET_NEXT, inputs: [this.#handle], attributes, specs });
    return { element: this.#element(structure, values), waited: this.#backend.wrap(waited) as Scalar };
  }

  #structureOf(size: number | undefined): ElementStructure {
    return size === undefined ? this.#structure : reshaped(this.#structure, ([, ...rest]) => [size, ...rest]);
  }

  #element(structure: ElementStructure, values: readonly Value[]): Element {
    return structure.rebuild(values.map((value) => this.#backend.wrap(value))) as Element;
  }

  /** Ends what is being prepared. */
  dispose(): void {
    this.#backend.runtime.delete(this.#handle);
  }
}

/** Whether an error says no more than that a dataset has no more elements. */
export const isEndOfSequence = (error: unknown): boolean =>
  error instanceof TensorFlowError && error.code === 'OUT_OF_RANGE' && /End of sequence/.test(error.message);
