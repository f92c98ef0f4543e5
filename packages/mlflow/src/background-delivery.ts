import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerAddress } from './address.js';
import { MlflowClient } from './client.js';
import { Delivery } from './delivery.js';
import { MlflowError } from './errors.js';
import type { BeginFile } from './send-files.js';

/** Milliseconds between sendings. */
const interval = 1000;
/** Milliseconds between attempts while the server is away. */
const outageInterval = 10_000;
/** Milliseconds that the end of a run waits for the server. */
const patience = 10_000;
/** Bytes per millisecond (1 MB/s) at which files that are on their way are waited for beyond that. */
const slowest = 1000;

/** Sends a journal while it is being written: one request at a time, whatever the server does. */
export class BackgroundDelivery {
  readonly #uri: string;
  readonly #delivery: Delivery;
  readonly #report: (line: string) => void;
  /** Aborted when the journal is complete. */
  readonly #complete = new AbortController();
  /** Aborts requests. */
  readonly #stop: AbortController;
  readonly #running: Promise<boolean>;
  /** When the end of the run waits no longer, by `performance.now()`. */
  #deadline = 0;

  static async start(
    folder: string,
    address: ServerAddress,
    report: (line: string) => void,
  ): Promise<BackgroundDelivery> {
    const stop = new AbortController();
    const client = new MlflowClient(address, { signal: stop.signal });
    const files: { begin: BeginFile } = { begin: () => {} };
    const delivery = await Delivery.open(folder, client, report, (bytes) => files.begin(bytes));
    const background = new BackgroundDelivery(address.uri, delivery, report, stop);
    files.begin = (bytes) => background.#extend(bytes / slowest);
    return background;
  }

  private constructor(
    uri: string,
    delivery: Delivery,
    report: (line: string) => void,
    stop: AbortController,
  ) {
    this.#uri = uri;
    this.#delivery = delivery;
    this.#report = report;
    this.#stop = stop;
    this.#running = this.#run();
  }

  /** The run's page, once the server has it. */
  get page(): string | undefined {
    return this.#delivery.page;
  }

  /**
   * To be called when the journal is complete. Resolves to whether everything was sent, within ten seconds, or some more
   * while files are on their way.
   */
  async finish(): Promise<boolean> {
    this.#complete.abort();
    this.#extend(patience);
    const timer = setInterval(() => {
      if (performance.now() > this.#deadline) this.#stop.abort();
    }, 100);
    return this.#running.finally(() => clearInterval(timer));
  }

  #extend(milliseconds: number): void {
    this.#deadline = Math.max(this.#deadline, performance.now() + milliseconds);
  }

  async #run(): Promise<boolean> {
    for (let away = false; ;) {
      const complete = this.#complete.signal.aborted;
      try {
        await this.#delivery.send();
        if (away) this.#report(`MLflow at ${this.#uri} answers again`);
        away = false;
        if (complete && this.#delivery.waitsFor === undefined) return true;
      } catch (error) {
        if (this.#stop.signal.aborted) return false;
        const { message } = error as Error;
        if (!(error instanceof MlflowError && error.transient)) {
          this.#report(`${message}; nothing more is sent, the run is recorded on disk`);
          return false;
        }
        if (!away) this.#report(`${message} Meanwhile the run is recorded on disk.`);
        away = true;
        if (complete) return false;
      }
      if (this.#stop.signal.aborted) return false;
      const pause = away ? outageInterval : interval;
      // Complete already, it waits for the run of which this one is a part.
      const { signal } = complete ? this.#stop : this.#complete;
      await sleep(pause, undefined, { ref: complete, signal }).catch(() => {});
    }
  }
}
