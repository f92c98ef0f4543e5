import type { Runtime } from '../runtime.js';
import type { EagerTensor } from '../value.js';

/** Memory for the elements of a dataset, shared by its iterators. Taken when it is first used. */
export class MemoryCache {
  readonly #runtime: Runtime;
  /** The cache, and what frees it when it is deleted itself. */
  #handles: readonly [cache: EagerTensor, deleter: EagerTensor] | undefined;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  get handle(): EagerTensor {
    this.#handles ??= this.#runtime.executeEagerly('AnonymousMemoryCache', [], {}, 2, 'CPU:0') as [
      EagerTensor,
      EagerTensor,
    ];
    return this.#handles[0];
  }

  dispose(): void {
    for (const handle of this.#handles ?? []) this.#runtime.delete(handle);
    this.#handles = undefined;
  }
}
