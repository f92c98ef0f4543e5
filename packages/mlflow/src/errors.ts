import { AxiosError } from 'axios';
import { z } from 'zod';

/** MLflow did not do what was asked. The message is one line: the endpoint, the status, the server's words, what to do. */
export class MlflowError extends Error {
  /** HTTP status; absent when no answer came. */
  readonly status: number | undefined;
  /** MLflow's error code, such as `RESOURCE_DOES_NOT_EXIST`, or that of a TLS connection that cannot be made. */
  readonly code: string | undefined;
  /** Seconds after which the server asked to be tried again. */
  readonly retryAfter: number | undefined;

  constructor(message: string, answer: { status?: number; code?: string; retryAfter?: number } = {}) {
    super(message);
    this.name = 'MlflowError';
    this.status = answer.status;
    this.code = answer.code;
    this.retryAfter = answer.retryAfter;
  }

  /** The server is away or overloaded: the same request may succeed later. */
  get transient(): boolean {
    if (this.status === undefined) return this.code === undefined;
    return [408, 429, 500, 502, 503, 504].includes(this.status);
  }

  /** The server understood, and does not want this request's content. Others may pass. */
  get refusal(): boolean {
    return this.status === 400 || this.status === 413 || this.status === 422;
  }
}

/** Turns what axios throws into one line. Quotes neither headers, which hold the credentials, nor `secrets`. */
export function mlflowError(
  error: unknown,
  endpoint: string,
  uri: string,
  secrets: readonly string[] = [],
): Error {
  if (!(error instanceof AxiosError)) return error as Error;
  const { response } = error;
  if (!response) {
    const reason = error.code ?? error.message;
    if (/CERT|SELF_SIGNED|UNABLE_TO_|ERR_SSL_/.test(reason)) return notTrusted(reason, uri);
    return new MlflowError(
      `MLflow at ${uri} does not answer ${endpoint} (${reason}): is the server running?`,
    );
  }
  const { status, headers } = response;
  const body = secrets.reduce((left, secret) => left.replaceAll(secret, '…'), String(response.data ?? ''));
  const answer = serverWords(body);
  const retryAfter = secondsOf(String(headers['retry-after'] ?? ''));
  const hint = whatToDo(status, uri, headers['location'] as string | undefined);
  return new MlflowError(
    `MLflow ${endpoint}: ${[status, answer.code, answer.message].filter(Boolean).join(' ')}${hint}`,
    {
      status,
      ...(answer.code && { code: answer.code }),
      ...(retryAfter > 0 && { retryAfter }),
    },
  );
}

function notTrusted(code: string, uri: string): MlflowError {
  const own = /CERTIFICATE_REQUIRED|ALERT|HANDSHAKE/.test(code);
  const advice = own
    ? 'the server wants a certificate of the client, set MLFLOW_TRACKING_CLIENT_CERT_PATH'
    : "its certificate is not trusted, set MLFLOW_TRACKING_SERVER_CERT_PATH to its authority's";
  return new MlflowError(`MLflow at ${uri}: no TLS connection (${code}): ${advice}`, { code });
}

/** Retry-After is a number of seconds or a date. */
function secondsOf(retryAfter: string): number {
  const seconds = Number(retryAfter);
  return Number.isNaN(seconds) ? (Date.parse(retryAfter) - Date.now()) / 1000 : seconds;
}

const errorBody = z.union([
  z.object({ error_code: z.string(), message: z.string().default('') }),
  z.object({ detail: z.unknown() }),
]);

/** Error bodies are JSON from MLflow itself, `{ detail }` from FastAPI, and text or HTML from what stands around them. */
function serverWords(body: string): { code?: string; message: string } {
  try {
    const parsed = errorBody.parse(JSON.parse(body));
    if ('error_code' in parsed) return { code: parsed.error_code, message: shortened(parsed.message) };
    return {
      message: shortened(typeof parsed.detail === 'string' ? parsed.detail : JSON.stringify(parsed.detail)),
    };
  } catch {
    return { message: shortened(body.replace(/<(style|script)[^]*?<\/\1>|<[^>]*>/g, ' ')) };
  }
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}

function whatToDo(status: number, uri: string, location: string | undefined): string {
  if (status === 401)
    return '; set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN';
  if (status === 403)
    return '; the user may not do this, or the server does not allow this host name (its --allowed-hosts)';
  if (status === 404 || status === 405)
    return `; is ${uri} an MLflow server, and does what was asked for exist there?`;
  if (status >= 300 && status < 400)
    return `; set MLFLOW_TRACKING_URI to where it redirects${originOf(location)}`;
  return '';
}

function originOf(location: string | undefined): string {
  return location && URL.canParse(location) ? `: ${new URL(location).origin}` : '';
}

/** One line about the first thing that is wrong: `metrics[0].value: Invalid input`. */
export function invalid(what: string, error: z.ZodError): Error {
  const issue = error.issues[0];
  const path = (issue?.path ?? [])
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('');
  return new Error(`${what}: ${path.replace(/^\./, '') || 'the whole'}: ${issue?.message ?? error.message}`);
}
