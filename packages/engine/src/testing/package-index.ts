import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Wheel } from '../library/wheels.js';

/** A package index on the loopback interface, for pip. */
export interface PackageIndex {
  /** Settings with which pip uses it, and no other. */
  readonly env: NodeJS.ProcessEnv;
  /** File names of the wheels that were asked for, in order. */
  readonly requests: string[];
  closeConnections(): void;
  close(): void;
}

/** @param serve sends a wheel, whole or not */
export async function startPackageIndex(
  wheels: readonly Wheel[],
  serve: (wheel: Wheel, response: ServerResponse) => unknown,
): Promise<PackageIndex> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const listed = wheels.find(({ project }) => request.url === `/simple/${project}/`);
    const asked = wheels.find(({ file }) => request.url === `/${file}`);
    if (listed) {
      response.setHeader('content-type', 'text/html').end(`<a href="/${listed.file}">${listed.file}</a>`);
    } else if (asked) {
      requests.push(asked.file);
      serve(asked, response);
    } else response.writeHead(404).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`;
  return {
    env: { PIP_INDEX_URL: url, PIP_RETRIES: '0', PIP_CONFIG_FILE: '/dev/null' },
    requests,
    closeConnections: () => server.closeAllConnections(),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
