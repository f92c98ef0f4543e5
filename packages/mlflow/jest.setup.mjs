import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tsImport } from 'tsx/esm/api';

/** Starts the server that the tests talk to; installs MLflow into the user's cache the first time. */
export default async function setup() {
  // A developer's own server must not get test runs.
  for (const name of Object.keys(process.env)) if (name.startsWith('MLFLOW_')) delete process.env[name];
  const { startServer } = await tsImport('./src/server.ts', import.meta.url);
  const directory = await mkdtemp(join(tmpdir(), 'paperlab-mlflow-'));
  globalThis.mlflowServer = await startServer({
    directory: join(directory, 'server'),
    // Not MLflow's own port, which the tests of another checkout may be about to take.
    port: await freePort(),
    report: (line) => console.log(line),
  });
  globalThis.mlflowDirectory = directory;
  process.env.PAPERLAB_TEST_DIRECTORY = directory;
  process.env.PAPERLAB_TEST_MLFLOW = globalThis.mlflowServer.uri;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
