import axios, { type AxiosInstance, type AxiosRequestConfig } from 'axios';
import pRetry from 'p-retry';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerAddress } from './address.js';
import { invalid, MlflowError, mlflowError } from './errors.js';
import { endpoints, type EndpointName, type Request, type Response } from './spec.js';
import type { Endpoint } from './spec/fields.js';
import { httpsAgent } from './tls.js';

/** Waits of 0.25, 0.5, 1 and 2 s, and up to 0.25 s more, between five attempts of 30 s. */
const usual = { timeout: 30, maxRetries: 4, backoffFactor: 0.25, backoffJitter: 0.25 };
/** Longest wait between attempts, and longest that a server's Retry-After is obeyed, in seconds. */
const longestBackoff = 120;
const longestRetryAfter = 60;

/** Sends requests to one server, checks what goes out and what comes in, and tries again what may succeed later. */
export class Connection {
  readonly uri: string;
  readonly #http: AxiosInstance;
  readonly #attempts: Required<NonNullable<ServerAddress['attempts']>>;
  readonly #signal: AbortSignal | undefined;
  /** What must be in no message, even if a server says it. */
  readonly #secrets: readonly string[];

  constructor(address: ServerAddress, signal: AbortSignal | undefined) {
    this.uri = address.uri;
    this.#signal = signal;
    this.#secrets = secretsOf(address.authorization);
    this.#attempts = { ...usual, ...address.attempts };
    const loopback = /^(localhost|127\.[\d.]+|\[::1\])$/.test(new URL(address.uri).hostname);
    const agent = httpsAgent(address.tls ?? {});
    this.#http = axios.create({
      baseURL: address.uri,
      timeout: this.#attempts.timeout * 1000,
      // A redirected POST would arrive as a GET.
      maxRedirects: 0,
      maxBodyLength: Infinity,
      headers: {
        ...(address.authorization && { Authorization: address.authorization }),
        ...(address.workspace && { 'X-MLFLOW-WORKSPACE': address.workspace }),
      },
      // Answers are kept as text until it is known what they are.
      responseType: 'text',
      // A list in a query is its name several times, without brackets.
      paramsSerializer: { indexes: null },
      transformResponse: (body: unknown) => body,
      ...(loopback && { proxy: false as const }),
      ...(agent && { httpsAgent: agent }),
      ...(signal && { signal }),
    });
  }

  /** Sends a request until it is answered, or, where each makes a new one, once. */
  async call<Name extends EndpointName>(name: Name, request: Request<Name>): Promise<Response<Name>> {
    const { once, done }: Endpoint = endpoints[name];
    if (once) return this.once(name, request);
    let lost = false;
    return this.persist(async () => {
      try {
        return await this.once(name, request);
      } catch (error) {
        if (!(error instanceof MlflowError)) throw error;
        if (lost && done?.test(error.message)) return {} as Response<Name>;
        lost ||= error.status === undefined || error.status >= 500;
        throw error;
      }
    });
  }

  /** Sends a request, whatever comes of it. */
  async once<Name extends EndpointName>(name: Name, request: Request<Name>): Promise<Response<Name>> {
    const endpoint: Endpoint = endpoints[name];
    const checked = endpoint.request.safeParse(request);
    if (!checked.success) throw invalid(`MLflow ${name} was not sent`, checked.error);
    const { method, path = name } = endpoint;
    const fields = checked.data as Record<string, unknown>;
    const filled = path.replace(/{(\w+)}/g, (_, field: string) => encodeURIComponent(String(fields[field])));
    const body = await this.send<string>(name, {
      method,
      url: `/api/2.0/mlflow/${filled}`,
      ...(method === 'GET' ? { params: fields } : { data: fields }),
    });
    const answer = endpoint.response.safeParse(this.#parsed(name, body));
    if (!answer.success) throw invalid(`MLflow ${name}: unexpected answer from ${this.uri}`, answer.error);
    return answer.data as Response<Name>;
  }

  #parsed(name: string, body: string): unknown {
    try {
      return JSON.parse(body);
    } catch {
      throw new Error(`MLflow ${name}: ${this.uri} does not answer in JSON: is it an MLflow server?`);
    }
  }

  /** Sends anything, once; `what` names it in errors. */
  async send<Body>(what: string, config: AxiosRequestConfig): Promise<Body> {
    try {
      return (await this.#http.request<Body>(config)).data;
    } catch (error) {
      this.#signal?.throwIfAborted();
      if (axios.isAxiosError(error) && error.response && config.responseType === 'stream') {
        error.response.data = await text(error.response.data as Readable).catch(() => '');
      }
      throw mlflowError(error, what, this.uri, this.#secrets);
    }
  }

  /** Makes attempts until one succeeds, or fails in a way that another would, too. */
  persist<T>(attempt: () => Promise<T>): Promise<T> {
    const { maxRetries, backoffFactor, backoffJitter } = this.#attempts;
    const signal = this.#signal;
    return pRetry(attempt, {
      retries: maxRetries,
      minTimeout: 0,
      ...(signal && { signal }),
      shouldRetry: ({ error }) => error instanceof MlflowError && error.transient,
      onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
        if (!(error instanceof MlflowError) || !error.transient || retriesLeft === 0) return;
        const backoff = backoffFactor * 2 ** (attemptNumber - 1) + backoffJitter * Math.random();
        const asked = Math.min(error.retryAfter ?? 0, longestRetryAfter);
        const seconds = Math.max(Math.min(backoff, longestBackoff), asked);
        await sleep(seconds * 1000, undefined, { ...(signal && { signal }) });
      },
    });
  }
}

function secretsOf(authorization = ''): string[] {
  const [scheme, value = ''] = authorization.split(' ');
  const password =
    scheme === 'Basic'
      ? Buffer.from(value, 'base64')
          .toString()
          .replace(/^[^:]*:/, '')
      : '';
  return [value, password].filter(Boolean);
}
