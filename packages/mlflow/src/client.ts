import axios, { type AxiosInstance } from 'axios';
import pRetry from 'p-retry';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerAddress } from './address.js';
import { invalid, MlflowError, mlflowError } from './errors.js';
import {
  endpoints,
  type EndpointName,
  type LoggedModel,
  type Request,
  type Response,
  type Run,
} from './spec.js';
import type { Endpoint } from './spec/fields.js';

/** Seconds until a request without an answer is given up and tried again. */
const timeout = 30;
/** Waits of 0.25, 0.5, 1 and 2 s (times 1 to 2, at random) between five attempts. */
const backoff = { retries: 4, minTimeout: 250, factor: 2, randomize: true };
/** Longest that a server's Retry-After is obeyed, in seconds. */
const longestRetryAfter = 60;

/** The tag by which a run that was created is found again when the answer was lost. */
export const idempotencyTag = 'paperlab.idempotency_key';

/**
 * A client of MLflow's REST API. Requests are checked before they leave, answers when they come. Timeouts, dropped
 * connections and the statuses 408, 429 and 5xx are tried again, five attempts in all. Rejects with `MlflowError`.
 *
 * Sending a request again never stores anything twice: points, params and tags that are equal are one to the server,
 * and `createRun` looks before it creates.
 */
export class MlflowClient {
  readonly uri: string;
  readonly #http: AxiosInstance;
  readonly #signal: AbortSignal | undefined;

  /** @param signal ends requests and the waits between attempts; they reject with its reason. */
  constructor(address: ServerAddress, options: { signal?: AbortSignal } = {}) {
    this.uri = address.uri;
    this.#signal = options.signal;
    const loopback = /^(localhost|127\.[\d.]+|\[::1\])$/.test(new URL(address.uri).hostname);
    this.#http = axios.create({
      baseURL: address.uri,
      timeout: timeout * 1000,
      // A redirected POST would arrive as a GET.
      maxRedirects: 0,
      maxBodyLength: Infinity,
      headers: address.authorization ? { Authorization: address.authorization } : {},
      // Answers are kept as text until it is known what they are.
      responseType: 'text',
      // A list in a query is its name several times, without brackets.
      paramsSerializer: { indexes: null },
      transformResponse: (body: string) => body,
      ...(loopback && { proxy: false as const }),
      ...(options.signal && { signal: options.signal }),
    });
  }

  /** Sends one request, as `spec.ts` describes it: `call('runs/get', { run_id })`. */
  async call<Name extends EndpointName>(name: Name, request: Request<Name>): Promise<Response<Name>> {
    const { once }: Endpoint = endpoints[name];
    return once ? this.#once(name, request) : this.#persist(() => this.#once(name, request));
  }

  /**
   * The id of an experiment, made if there is none of this name, brought back if it was deleted. Any number of
   * clients may ask at the same time.
   */
  async experiment(name: string): Promise<string> {
    const found = await this.#experimentByName(name);
    if (found) return found;
    try {
      return (await this.call('experiments/create', { name })).experiment_id;
    } catch (error) {
      // Another client was faster, or an earlier attempt of ours arrived though its answer did not.
      const raced = error instanceof MlflowError && error.code === 'RESOURCE_ALREADY_EXISTS';
      const theirs = raced ? await this.#experimentByName(name) : undefined;
      if (theirs) return theirs;
      throw error;
    }
  }

  async #experimentByName(name: string): Promise<string | undefined> {
    const answer = await this.call('experiments/get-by-name', { experiment_name: name }).catch(absent);
    if (!answer) return undefined;
    const { experiment_id, lifecycle_stage } = answer.experiment;
    if (lifecycle_stage === 'deleted') await this.call('experiments/restore', { experiment_id });
    return experiment_id;
  }

  /**
   * Creates a run, or finds the one that has the same `paperlab.idempotency_key` tag, which the request must carry:
   * MLflow itself makes a new run for each request. The run that is found may be a deleted one.
   */
  async createRun(request: Request<'runs/create'>): Promise<Run> {
    const key = request.tags.find((tag) => tag.key === idempotencyTag)?.value;
    if (!key || /['`]/.test(key))
      throw new Error(`MLflow runs/create was not sent: it needs a tag ${idempotencyTag}`);
    return this.#persist(async () => {
      const { runs } = await this.#once('runs/search', {
        experiment_ids: [request.experiment_id],
        filter: `tags.\`${idempotencyTag}\` = '${key}'`,
        run_view_type: 'ALL',
        max_results: 1,
      });
      return runs[0] ?? (await this.#once('runs/create', request)).run;
    });
  }

  /** A run with its latest metric values, or `undefined` where the server does not know it. */
  async run(runId: string): Promise<Run | undefined> {
    return (await this.call('runs/get', { run_id: runId }).catch(absent))?.run;
  }

  /**
   * Stores a file with a run or a logged model, in place of one of the same path. Needs a server that serves artifacts
   * itself, as it does by default.
   * @param open gives the content; called once per attempt, since a stream can be read once only
   */
  async putArtifact(
    { info }: Run | LoggedModel,
    path: string,
    open: () => Readable | Buffer | string,
  ): Promise<void> {
    await this.#put(info.artifact_uri, path, open, {});
  }

  /** `putArtifact` of a file on disk, which is streamed: any size takes the same little memory. */
  async putFile({ info }: Run | LoggedModel, path: string, file: string): Promise<void> {
    const { size } = await stat(file);
    await this.#put(info.artifact_uri, path, () => createReadStream(file), { 'Content-Length': size });
  }

  async #put(
    uri: string,
    path: string,
    open: () => Readable | Buffer | string,
    headers: Record<string, number>,
  ): Promise<void> {
    const root = /^mlflow-artifacts:\/(?!\/)(.+)$/.exec(uri)?.[1];
    if (!root) {
      throw new Error(
        `MLflow keeps artifacts at ${uri}, which needs a client of that store: start the server with --serve-artifacts`,
      );
    }
    const address = `${root}/${path}`.split('/').map(encodeURIComponent).join('/');
    await this.#persist(() =>
      this.#http
        .put(`/api/2.0/mlflow-artifacts/artifacts/${address}`, open(), {
          timeout: 0,
          headers: { 'Content-Type': 'application/octet-stream', ...headers },
        })
        .catch((error: unknown) => {
          throw mlflowError(error, `artifact ${path}`, this.uri);
        }),
    );
  }

  async #once<Name extends EndpointName>(name: Name, request: Request<Name>): Promise<Response<Name>> {
    const endpoint: Endpoint = endpoints[name];
    const checked = endpoint.request.safeParse(request);
    if (!checked.success) throw invalid(`MLflow ${name} was not sent`, checked.error);
    const answer = endpoint.response.safeParse(await this.#send(name, endpoint, checked.data));
    if (!answer.success) throw invalid(`MLflow ${name}: unexpected answer from ${this.uri}`, answer.error);
    return answer.data as Response<Name>;
  }

  async #send(name: EndpointName, { method, path = name }: Endpoint, request: unknown): Promise<unknown> {
    const fields = request as Record<string, unknown>;
    const filled = path.replace(/{(\w+)}/g, (_, field: string) => encodeURIComponent(String(fields[field])));
    const content = method === 'GET' ? { params: fields } : { data: fields };
    try {
      const { data } = await this.#http.request<string>({
        method,
        url: `/api/2.0/mlflow/${filled}`,
        ...content,
      });
      return JSON.parse(data);
    } catch (error) {
      this.#signal?.throwIfAborted();
      if (error instanceof SyntaxError) {
        throw new Error(`MLflow ${name}: ${this.uri} does not answer in JSON: is it an MLflow server?`);
      }
      throw mlflowError(error, name, this.uri);
    }
  }

  #persist<T>(attempt: () => Promise<T>): Promise<T> {
    const signal = this.#signal;
    return pRetry(attempt, {
      ...backoff,
      ...(signal && { signal }),
      shouldRetry: ({ error }) => error instanceof MlflowError && error.transient,
      onFailedAttempt: async ({ error, retriesLeft }) => {
        if (!(error instanceof MlflowError) || !error.retryAfter || retriesLeft === 0) return;
        const wait = Math.min(error.retryAfter, longestRetryAfter) * 1000;
        await sleep(wait, undefined, { ref: false, ...(signal && { signal }) });
      },
    });
  }
}

function absent(error: unknown): undefined {
  if (error instanceof MlflowError && error.code === 'RESOURCE_DOES_NOT_EXIST') return undefined;
  throw error;
}
