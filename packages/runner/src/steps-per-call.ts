/** Milliseconds that one call of the engine should last: longer ones waste less, shorter ones can be interrupted. */
const CALL_MS = 25;
/** Calls of one step each that are timed before several go into one. The first ones trace and warm up. */
export const TIMED_CALLS = 8;
const MOST = 16;

/** Decides, from how long the first ones take, how many steps go into one call of the engine. */
export class StepsPerCall {
  readonly #timed: number[] = [];
  /** What is decided; 1 until then. */
  count = 1;

  /** @param milliseconds that a call with one step took */
  add(milliseconds: number): void {
    if (this.#timed.length === TIMED_CALLS) return;
    this.#timed.push(milliseconds);
    if (this.#timed.length === TIMED_CALLS)
      this.count = Math.max(1, Math.min(MOST, Math.floor(CALL_MS / Math.min(...this.#timed))));
  }
}
