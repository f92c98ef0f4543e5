import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { createServer, type Server } from 'node:https';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { serverAddress } from './address.js';
import { MlflowClient } from './client.js';
import { newName, serverUri } from './testing/recorded.js';

/** A self-signed certificate and its key, as PEM files. */
async function certificate(directory: string, name: string) {
  const [key, cert] = [join(directory, `${name}.key`), join(directory, `${name}.crt`)];
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert];
  await promisify(execFile)('openssl', [...made, ...subject]);
  return { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8'), path: cert };
}

describe('over TLS', () => {
  let directory: string;
  let server: Server;
  let uri: string;
  let own: { key: string; cert: string; path: string };
  let theirs: typeof own;
  /** Who sent the last request. */
  let sender: string | undefined;

  beforeAll(async () => {
    directory = await mkdtemp(join(process.env.PAPERLAB_TEST_DIRECTORY as string, 'tls-'));
    own = await certificate(directory, 'client');
    theirs = await certificate(directory, 'server');
    const asks = { requestCert: true, rejectUnauthorized: false, ca: own.cert };
    server = createServer({ key: theirs.key, cert: theirs.cert, ...asks }, (incoming, outgoing) => {
      const socket = incoming.socket as TLSSocket;
      sender = socket.authorized ? String(socket.getPeerCertificate().subject.CN) : undefined;
      const { method, url, headers } = incoming;
      const onward = request(new URL(url as string, serverUri), { method, headers }, (answer) =>
        answer.pipe(outgoing.writeHead(answer.statusCode as number, answer.headers)),
      );
      incoming.pipe(onward);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    uri = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const asking = (environment: NodeJS.ProcessEnv) => {
    const address = serverAddress(uri, environment);
    if (!address) throw new Error('no address');
    return new MlflowClient(address);
  };

  it('trusts no certificate that it does not know, at once', async () => {
    await expect(asking({}).run('r')).rejects.toThrow(
      `MLflow at ${uri}: no TLS connection (DEPTH_ZERO_SELF_SIGNED_CERT): its certificate is not trusted, set MLFLOW_TRACKING_SERVER_CERT_PATH to its authority's`,
    );
  });

  it('trusts the authority that MLFLOW_TRACKING_SERVER_CERT_PATH names', async () => {
    const client = asking({ MLFLOW_TRACKING_SERVER_CERT_PATH: theirs.path });
    expect(await client.experiment(newName('tls'))).toMatch(/^\d+$/);
    expect(sender).toBeUndefined();
  });

  it('trusts any with MLFLOW_TRACKING_INSECURE_TLS', async () => {
    const client = asking({ MLFLOW_TRACKING_INSECURE_TLS: 'true' });
    expect(await client.run('f'.repeat(32))).toBeUndefined();
  });

  it('shows the certificate of MLFLOW_TRACKING_CLIENT_CERT_PATH', async () => {
    const path = join(directory, 'both.pem');
    await writeFile(path, own.key + own.cert);
    const trusted = { MLFLOW_TRACKING_SERVER_CERT_PATH: theirs.path };
    await asking({ ...trusted, MLFLOW_TRACKING_CLIENT_CERT_PATH: path }).run('f'.repeat(32));
    expect(sender).toBe('client');
  });

  it.each(['SERVER', 'CLIENT'])('says that a %s certificate cannot be read', async (whose) => {
    const variable = `MLFLOW_TRACKING_${whose}_CERT_PATH`;
    expect(() => asking({ [variable]: '/nowhere.pem' })).toThrow(
      `${variable}: cannot read /nowhere.pem (ENOENT)`,
    );
    const path = join(directory, 'text.pem');
    await writeFile(path, 'hello');
    expect(() => asking({ [variable]: path })).toThrow(`${variable}: ${path} holds no certificate`);
  });
});
