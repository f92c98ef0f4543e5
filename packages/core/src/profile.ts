/** Records what an engine does while steps run. */
export interface Profiler {
  /**
   * Runs `run` and records all ops that the engine runs meanwhile. One call at a time in a process.
   * @throws if another one is under way
   */
  record<Result>(run: () => Promise<Result>): Promise<{ readonly result: Result; readonly profile: Profile }>;
  /** Ends the bookkeeping that tells the devices of ops. */
  dispose(): void;
}

/** What ran during one recording. All times are in microseconds; those of events count from its beginning. */
export interface Profile {
  /** When it began, on the clock of `performance.now()`. */
  readonly start: number;
  /** What `run` took, from the call until its promise settled. */
  readonly duration: number;
  /** Whether functions were traced meanwhile, which later calls do not need. */
  readonly traced: boolean;
  /** In order of their beginnings. */
  readonly ops: readonly OpEvent[];
  /** The time that was spent in the engine: its ops lie in these calls, but for those of input pipelines. */
  readonly calls: readonly CallEvent[];
}

/** One run of one op. */
export interface OpEvent {
  /** Type of the op: `Conv2D`. */
  readonly op: string;
  /** The operation of the graph that ran: `Conv2D_12`. */
  readonly node: string;
  /** `CPU:0`; empty where it is not known. */
  readonly device: string;
  readonly thread: string;
  readonly start: number;
  readonly duration: number;
  /** Whether it prepared input, beside the steps. */
  readonly pipeline: boolean;
}

/** One call of a function of the engine, or of a single op. */
export interface CallEvent {
  /** `train_3` */
  readonly name: string;
  readonly thread: string;
  readonly start: number;
  readonly duration: number;
}
