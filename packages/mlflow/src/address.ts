import { unescape } from 'node:querystring';
import { mlflowEnvironment, type Attempts, type Tls } from './environment.js';

/** Where an MLflow server is, how to show who is asking, and how long to try. */
export interface ServerAddress {
  /** Without credentials and without a slash at its end. */
  readonly uri: string;
  /** Value of the Authorization header. */
  readonly authorization?: string;
  /** The part of the server that is meant, where it has several. */
  readonly workspace?: string;
  readonly tls?: Tls;
  readonly attempts?: Attempts;
}

/**
 * The address in `uri`, else in `MLFLOW_TRACKING_URI`; `undefined` where neither is given. Credentials come from the
 * address itself, else from `MLFLOW_TRACKING_USERNAME` and `MLFLOW_TRACKING_PASSWORD` or `~/.mlflow/credentials`, else
 * from `MLFLOW_TRACKING_TOKEN`: the order of MLflow's Python client. So do the other variables of the README's table.
 * @throws when the address is not one of a server, or a variable has a value that it cannot have
 */
export function serverAddress(uri?: string, environment = process.env): ServerAddress | undefined {
  const { trackingUri, workspace, tls, attempts, ...given } = mlflowEnvironment(environment);
  const written = uri ?? trackingUri;
  if (!written) return undefined;
  if (!URL.canParse(written) || !/^https?:$/.test(new URL(written).protocol)) {
    // Neither credentials nor a query may be shown.
    const shown = written.replace(/^(\w+:\/\/)?.*@/, '$1…@').replace(/[?#].*/, '');
    throw new Error(
      `MLflow tracking URI "${shown}" is not the address of a server: write http://HOST:PORT or https://HOST`,
    );
  }
  const url = new URL(written);
  const username = unescape(url.username) || given.username;
  const password = unescape(url.password) || given.password;
  const authorization = authorizationOf(username, password, given.token);
  return {
    uri: `${url.origin}${url.pathname}`.replace(/\/+$/, ''),
    tls,
    attempts,
    ...(workspace && { workspace }),
    ...(authorization && { authorization }),
  };
}

function authorizationOf(username = '', password = '', token = ''): string | undefined {
  if (username && password) return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  if (!token) return undefined;
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new Error('MLFLOW_TRACKING_TOKEN holds a space, a line break or another sign that no token has');
  }
  return `Bearer ${token}`;
}
