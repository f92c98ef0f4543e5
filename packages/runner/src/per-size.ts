/** One of something per batch size, made when first needed. */
export class PerSize<T extends { dispose(): void }> {
  readonly #make: (size: number) => T;
  readonly #made = new Map<number, T>();

  constructor(make: (size: number) => T) {
    this.#make = make;
  }

  of(size: number): T {
    let found = this.#made.get(size);
    if (!found) this.#made.set(size, (found = this.#make(size)));
    return found;
  }

  dispose(): void {
    for (const one of this.#made.values()) one.dispose();
  }
}
