import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import type { Tls } from './environment.js';

/**
 * How an https connection is made, where it is not the usual way.
 * @throws when a file cannot be read
 */
export function httpsAgent({ insecure, serverCertPath, clientCertPath }: Tls): Agent | undefined {
  if (!insecure && !serverCertPath && !clientCertPath) return undefined;
  const own = clientCertPath && pem(clientCertPath, 'MLFLOW_TRACKING_CLIENT_CERT_PATH');
  return new Agent({
    keepAlive: true,
    rejectUnauthorized: !insecure,
    ...(serverCertPath && { ca: pem(serverCertPath, 'MLFLOW_TRACKING_SERVER_CERT_PATH') }),
    ...(own && { cert: own, key: own }),
  });
}

function pem(path: string, variable: string): string {
  try {
    const content = readFileSync(path, 'utf8');
    if (content.includes('-----BEGIN ')) return content;
  } catch (error) {
    throw new Error(`${variable}: cannot read ${path} (${(error as NodeJS.ErrnoException).code})`, {
      cause: error,
    });
  }
  throw new Error(`${variable}: ${path} holds no certificate in PEM format`);
}
