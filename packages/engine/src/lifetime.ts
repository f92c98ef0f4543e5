import type { Compiled } from '@paperlab/core';

/** The compiled functions of an engine, which end with it: after the calls that are under way. */
export class Lifetime {
  #ended = false;
  readonly #owned = new Set<OwnedFunction<never, unknown>>();

  /** @throws if the engine was disposed */
  check(): void {
    if (this.#ended) throw new Error('This engine was disposed. Call tensorflow() for another one.');
  }

  own<Inputs extends readonly unknown[], Output>(
    compiled: Compiled<Inputs, Output>,
  ): Compiled<Inputs, Output> {
    const owned: OwnedFunction<Inputs, Output> = new OwnedFunction(this, compiled, () =>
      this.#owned.delete(owned),
    );
    this.#owned.add(owned);
    return owned;
  }

  async end(): Promise<void> {
    this.#ended = true;
    const owned = [...this.#owned];
    for (const fn of owned) fn.dispose();
    await Promise.all(owned.map((fn) => fn.settled()));
  }
}

/** Frees what a compiled function holds when it was disposed and no call is under way. */
class OwnedFunction<Inputs extends readonly unknown[], Output> implements Compiled<Inputs, Output> {
  readonly #lifetime: Lifetime;
  readonly #compiled: Compiled<Inputs, Output>;
  readonly #freed: () => void;
  readonly #calls = new Set<Promise<Output>>();
  #disposed = false;

  constructor(lifetime: Lifetime, compiled: Compiled<Inputs, Output>, freed: () => void) {
    this.#lifetime = lifetime;
    this.#compiled = compiled;
    this.#freed = freed;
  }

  readonly run = (...inputs: Inputs) => this.#during(() => this.#compiled.run(...inputs));
  readonly repeat = (times: number, ...stacked: Inputs) =>
    this.#during(() => this.#compiled.repeat(times, ...stacked));

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    if (this.#calls.size === 0) this.#free();
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.#calls);
  }

  async #during(call: () => Promise<Output>): Promise<Output> {
    this.#lifetime.check();
    if (this.#disposed) throw new Error('This compiled function was disposed. Compile it again.');
    const running = call();
    this.#calls.add(running);
    try {
      return await running;
    } finally {
      this.#calls.delete(running);
      if (this.#disposed && this.#calls.size === 0) this.#free();
    }
  }

  #free(): void {
    this.#compiled.dispose();
    this.#freed();
  }
}
