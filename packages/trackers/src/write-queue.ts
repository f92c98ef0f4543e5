/**
 * Writes, one after the other, beside training. The first that fails is reported, in a line; after it the file has a gap and is
 * left as it is.
 */
export class WriteQueue {
  readonly #report: (line: string) => void;
  readonly #path: string;
  #last: Promise<void> = Promise.resolve();
  #failed = false;

  /** @param path that is written, for the report */
  constructor(path: string, report: (line: string) => void) {
    this.#path = path;
    this.#report = report;
  }

  add(write: () => Promise<void>): void {
    this.#last = this.#last.then(async () => {
      if (!this.#failed) await write();
    });
    this.#last = this.#last.catch((error: Error) => {
      this.#failed = true;
      this.#report(
        `${this.#path} cannot be written (${error.message}): nothing more of this run is recorded there`,
      );
    });
  }

  /** Resolves when all that was added is written, or reported. */
  settled(): Promise<void> {
    return this.#last;
  }
}
