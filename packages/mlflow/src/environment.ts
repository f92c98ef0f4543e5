import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** What the `MLFLOW_*` variables say, as MLflow's Python client understands them. What is not set is absent. */
export interface MlflowEnvironment {
  readonly trackingUri?: string;
  readonly username?: string;
  readonly password?: string;
  readonly token?: string;
  readonly workspace?: string;
  /** A new run's experiment; the name goes before the id. */
  readonly experimentName?: string;
  readonly experimentId?: string;
  /** A run to go on with. */
  readonly runId?: string;
  readonly tls: Tls;
  readonly attempts: Attempts;
}

export interface Tls {
  /** Trust any certificate. */
  readonly insecure?: boolean;
  /** PEM file of the authorities that are trusted instead of the usual ones. */
  readonly serverCertPath?: string;
  /** PEM file with the client's own certificate and its key. */
  readonly clientCertPath?: string;
}

export interface Attempts {
  /** Seconds without a sign of the server until an attempt is given up. */
  readonly timeout?: number;
  /** Attempts after the first. */
  readonly maxRetries?: number;
  /** Waits of 1, 2, 4, … times so many seconds, of 120 s at most. */
  readonly backoffFactor?: number;
  /** Up to so many seconds more, at random. */
  readonly backoffJitter?: number;
}

const text = z.string().optional();
const switched = z
  .stringbool({ truthy: ['true', '1'], falsy: ['false', '0'], error: 'true, false, 1 or 0' })
  .optional();
const number = (expected: string, valid: (value: number) => boolean) =>
  z.string().transform(Number).refine(valid, expected).optional();
const between = (least: number, most: number) => (value: number) => value >= least && value <= most;

const variables = z.object({
  MLFLOW_TRACKING_URI: text,
  MLFLOW_TRACKING_USERNAME: text,
  MLFLOW_TRACKING_PASSWORD: text,
  MLFLOW_TRACKING_TOKEN: text,
  MLFLOW_TRACKING_INSECURE_TLS: switched,
  MLFLOW_TRACKING_SERVER_CERT_PATH: text,
  MLFLOW_TRACKING_CLIENT_CERT_PATH: text,
  MLFLOW_HTTP_REQUEST_MAX_RETRIES: number(
    'a whole number from 0 to 10',
    (value) => Number.isInteger(value) && between(0, 10)(value),
  ),
  MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR: number('a number of seconds from 0 to 120', between(0, 120)),
  MLFLOW_HTTP_REQUEST_BACKOFF_JITTER: number('a number of seconds from 0 to 120', between(0, 120)),
  MLFLOW_HTTP_REQUEST_TIMEOUT: number('a number of seconds from 1 to 86400', between(1, 86_400)),
  MLFLOW_WORKSPACE: text,
  MLFLOW_EXPERIMENT_NAME: text,
  MLFLOW_EXPERIMENT_ID: text,
  MLFLOW_RUN_ID: z
    .string()
    .regex(/^[a-zA-Z0-9][\w-]{0,255}$/, 'the id of a run')
    .optional(),
});

/**
 * Reads the environment. A user and a password that it lacks come from `~/.mlflow/credentials`.
 * @throws when a value cannot be what its variable is for
 */
export function mlflowEnvironment(environment = process.env): MlflowEnvironment {
  const given = Object.entries(environment).filter(([name, value]) => name.startsWith('MLFLOW_') && value);
  const read = variables.safeParse(Object.fromEntries(given));
  if (!read.success) {
    const { path, message } = read.error.issues[0] as z.core.$ZodIssue;
    const name = String(path[0]);
    throw new Error(`${name} is "${environment[name]}", it must be ${message}`);
  }
  const of = read.data;
  if (of.MLFLOW_TRACKING_INSECURE_TLS && of.MLFLOW_TRACKING_SERVER_CERT_PATH) {
    throw new Error(
      'MLFLOW_TRACKING_INSECURE_TLS trusts any certificate, MLFLOW_TRACKING_SERVER_CERT_PATH only some: set one of them',
    );
  }
  const stored = credentialsFile(environment.HOME ?? environment.USERPROFILE);
  return {
    ...defined({
      trackingUri: of.MLFLOW_TRACKING_URI,
      username: of.MLFLOW_TRACKING_USERNAME ?? stored.mlflow_tracking_username,
      password: of.MLFLOW_TRACKING_PASSWORD ?? stored.mlflow_tracking_password,
      token: of.MLFLOW_TRACKING_TOKEN,
      workspace: of.MLFLOW_WORKSPACE?.trim() || undefined,
      experimentName: of.MLFLOW_EXPERIMENT_NAME,
      experimentId: of.MLFLOW_EXPERIMENT_ID,
      runId: of.MLFLOW_RUN_ID,
    }),
    tls: defined({
      insecure: of.MLFLOW_TRACKING_INSECURE_TLS,
      serverCertPath: of.MLFLOW_TRACKING_SERVER_CERT_PATH,
      clientCertPath: of.MLFLOW_TRACKING_CLIENT_CERT_PATH,
    }),
    attempts: defined({
      timeout: of.MLFLOW_HTTP_REQUEST_TIMEOUT,
      maxRetries: of.MLFLOW_HTTP_REQUEST_MAX_RETRIES,
      backoffFactor: of.MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR,
      backoffJitter: of.MLFLOW_HTTP_REQUEST_BACKOFF_JITTER,
    }),
  };
}

/** Without the members that are undefined. */
function defined<T extends object>(given: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as T;
}

/** The section `[mlflow]` of `~/.mlflow/credentials`, in the format of Python's configparser. */
function credentialsFile(home: string | undefined): Record<string, string> {
  const found: Record<string, string> = {};
  let section = '';
  for (const line of home ? linesOf(join(home, '.mlflow', 'credentials')) : []) {
    const [, name] = /^\[(.+)\]/.exec(line) ?? [];
    section = name ?? section;
    const [, key, value] = /^([^#;=:]+?)\s*[=:]\s*(.*?)\s*$/.exec(line) ?? [];
    if (section === 'mlflow' && key && value) found[key.toLowerCase()] = value.replaceAll('%%', '%');
  }
  return found;
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split(/\r?\n/);
  } catch {
    return [];
  }
}
