import { clone, create, toBinary } from '@bufbuild/protobuf';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CApi, Pointer } from './c-api.js';
import { type ConfigProto, ConfigProtoSchema } from './protos/tensorflow/core/protobuf/config_pb.gen.js';
import { ServerDefSchema } from './protos/tensorflow/core/protobuf/tensorflow_server_pb.gen.js';
import { check, codeNumber, errorOf, TensorFlowError } from './status.js';

/** What the environment variable `TF_CONFIG` holds, as Kubeflow's TFJob and Vertex AI set it. */
export interface ClusterOptions {
  /** Addresses of all members by job: `{ worker: ['10.0.0.1:2222', '10.0.0.2:2222'] }`. */
  readonly cluster: Readonly<Record<string, readonly string[]>>;
  /** Which of them this process is. */
  readonly task: { readonly type: string; readonly index: number };
  /** Seconds to wait for the others when the process starts. Default 300. */
  readonly joinTimeout?: number;
}

/** A process of the cluster. */
export interface Member {
  /** `worker 1 (10.0.0.2:2222)` */
  readonly name: string;
  /** TensorFlow's name: `/job:worker/replica:0/task:1`. */
  readonly target: string;
}

/** While a call waits for the others, they are asked so often whether they live; */
const LOOK_MS = 2000;
/** who does not answer within this time is given up. Together they stay below 10 s. */
const ANSWER_MS = 5000;
/** What the code of a failed health check means. */
const MEANING: Readonly<Record<string, string>> = {
  UNAVAILABLE: 'is gone',
  DEADLINE_EXCEEDED: 'does not answer',
  FAILED_PRECONDITION: 'was started again',
};

/** How TensorFlow begins when a collective failed, and the reason that the member who ended it gave. */
const COLLECTIVE = /Collective (?:ops is aborted by: (?:Collective ops is aborted by: )*(.*))?/;

/** A member was lost, or failed: this one cannot go on without it. */
export class ClusterError extends Error {
  override readonly name = 'ClusterError';

  constructor(reason: string, cause?: unknown) {
    super(`Collectives have ended: ${reason}. Start all members again, from the last checkpoint.`, { cause });
  }
}

/**
 * This process as a member of a cluster: TensorFlow's own gRPC server, for the process's life. The server listens on
 * all interfaces and asks nobody who they are: use it in trusted networks only.
 */
export class Cluster {
  /** All processes, this one included. */
  readonly members: readonly Member[];
  readonly self: Member;
  readonly #c: CApi;
  readonly #context: Pointer;
  readonly #joinTimeout: number;
  /** Why collectives have ended, for good. */
  #ended: string | undefined;

  /** Starts the server. @throws if the cluster is described wrongly, or the port is in use */
  constructor(c: CApi, context: Pointer, options: ClusterOptions, config: ConfigProto) {
    const { cluster, task, joinTimeout = 300 } = options;
    this.#c = c;
    this.#context = context;
    this.#joinTimeout = joinTimeout;
    const jobs = Object.entries(cluster);
    this.members = jobs.flatMap(([job, addresses]) =>
      addresses.map((address, index) => ({
        name: `${job} ${index} (${address})`,
        target: target(job, index),
      })),
    );
    this.self =
      this.members.find((member) => member.target === target(task.type, task.index)) ?? refuse(options);
    const session = clone(ConfigProtoSchema, config);
    session.deviceFilters = [this.self.target]; // the others' devices are theirs
    session.experimental!.collectiveGroupLeader = this.members[0]!.target;
    const server = create(ServerDefSchema, {
      cluster: {
        job: jobs.map(([name, addresses]) => ({ name, tasks: Object.fromEntries(addresses.entries()) })),
      },
      jobName: task.type,
      taskIndex: task.index,
      protocol: 'grpc',
      defaultSessionConfig: session,
    });
    const bytes = toBinary(ServerDefSchema, server);
    try {
      check(c, 'server', (status) => c.TFE_EnableCollectiveOps(context, bytes, bytes.length, status));
    } catch (cause) {
      throw new Error(
        `The server of ${this.self.name} does not start. Is its port in use? A process can start one server in its life.`,
        { cause },
      );
    }
  }

  get peers(): readonly Member[] {
    return this.members.filter((member) => member !== this.self);
  }

  /** Waits until every member has started. @throws if one has not after `joinTimeout` seconds, naming it */
  async join({
    report,
    signal,
  }: { report?: (line: string) => void; signal?: AbortSignal } = {}): Promise<void> {
    const start = performance.now();
    let missing = this.peers;
    for (let told = false; ; await sleep(200, undefined, { signal })) {
      const answers = await Promise.all(missing.map((peer) => this.#ask(peer)));
      missing = missing.filter((_, i) => answers[i]);
      if (missing.length === 0) return;
      const seconds = (performance.now() - start) / 1000;
      if (seconds > this.#joinTimeout) {
        throw new Error(`${names(missing)} did not start within ${this.#joinTimeout} s.`);
      }
      if (seconds > 2 && !told) report?.(`waiting for ${names(missing)}`);
      told ||= seconds > 2;
    }
  }

  /** Asks every other member whether it lives; returns what is wrong with those that do not: `worker 1 (…) is gone`. */
  async checkHealth(): Promise<readonly string[]> {
    const answers = await Promise.all(
      this.peers.map(async (peer) => {
        const error = await this.#ask(peer);
        return error && `${peer.name} ${MEANING[error.code] ?? error.message}`;
      }),
    );
    return answers.filter((answer): answer is string => answer !== undefined);
  }

  /**
   * Ends collectives for all members, for good: those that wait reject, and so does every later one. Processes must
   * start anew to use collectives again. Members that wait for nothing larger than a few numbers notice it only when
   * this process ends.
   */
  abort(reason: string): void {
    if (this.#ended !== undefined) return;
    this.#ended = reason;
    const status = this.#c.TF_NewStatus();
    this.#c.TF_SetStatus(status, codeNumber('ABORTED'), reason);
    this.#c.TFE_AbortCollectiveOps(this.#context, status);
    this.#c.TF_DeleteStatus(status);
  }

  /**
   * Runs a function with collectives in it, and sees to it that it does not wait for a member that is gone.
   * @param signal ends the collectives of all members when it cancels the function
   * @throws an error that names the member that it failed for
   */
  async watch(run: () => Promise<void>, signal?: AbortSignal): Promise<void> {
    // A call whose own signal ended them rejects with that.
    if (this.#ended !== undefined && !signal?.aborted) throw new ClusterError(this.#ended);
    let running = true;
    const cancel = () => this.abort(`${this.self.name} was cancelled`);
    signal?.addEventListener('abort', cancel);
    let looking = false;
    const look = setInterval(async () => {
      if (looking) return;
      looking = true;
      const [problem] = await this.checkHealth();
      looking = false;
      if (problem && running) this.abort(problem);
    }, LOOK_MS);
    try {
      await run();
    } catch (error) {
      throw await this.#explain(error);
    } finally {
      running = false;
      clearInterval(look);
      signal?.removeEventListener('abort', cancel);
    }
  }

  async #explain(error: unknown): Promise<unknown> {
    const collective = error instanceof TensorFlowError && COLLECTIVE.test(error.details);
    if (!collective) {
      // The others wait for this process in vain: tell them.
      this.abort(`${this.self.name}: ${(error as Error).message}`);
      return error;
    }
    if (this.#ended === undefined) {
      const said = COLLECTIVE.exec(error.details)![1];
      const told = said !== undefined && this.members.some(({ name }) => said.startsWith(name));
      const [problem] = told ? [said] : await this.checkHealth();
      this.abort(problem ?? `${error.message}, although all members answer`);
    }
    return new ClusterError(this.#ended!, error);
  }

  async #ask({ target }: Member): Promise<TensorFlowError | undefined> {
    const c = this.#c;
    const status = c.TF_NewStatus();
    try {
      await new Promise<void>((resolve, reject) => {
        c.TFE_CollectiveOpsCheckPeerHealth.async(this.#context, target, ANSWER_MS, status, (error) =>
          error ? reject(error) : resolve(),
        );
      });
      return errorOf(c, status, target);
    } finally {
      c.TF_DeleteStatus(status);
    }
  }
}

const target = (job: string, index: number) => `/job:${job}/replica:0/task:${index}`;
const names = (members: readonly Member[]) => members.map(({ name }) => name).join(', ');

function refuse({ cluster, task }: ClusterOptions): never {
  const jobs = Object.entries(cluster).map(([job, { length }]) => `${job} 0 to ${length - 1}`);
  throw new Error(`There is no ${task.type} ${task.index} in the cluster. It has ${jobs.join(', ')}.`);
}
