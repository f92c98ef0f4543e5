import { createServer, request, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a proxy does to a request. */
export type Fault =
  /** Answers by itself; the server never sees the request. */
  | { readonly status: number; readonly body?: string; readonly headers?: Record<string, string> }
  /** Milliseconds before the request goes on. */
  | { readonly delay: number }
  /** The server gets the request, the client no answer. */
  | 'lose the answer'
  /** The client gets a part of the answer. */
  | 'break off';

export interface Proxy {
  readonly uri: string;
  /** Method, path and headers of all requests so far. */
  readonly requests: { readonly path: string; readonly headers: IncomingMessage['headers'] }[];
  /** Asked for each request. */
  fault: (path: string) => Fault | undefined;
  close(): Promise<void>;
}

/** Stands between a client and a real server, and fails as networks and servers do. */
export async function startProxy(target: string): Promise<Proxy> {
  const server = createServer(async (incoming, outgoing) => {
    const path = (incoming.url as string).replace('/api/2.0/mlflow/', '').replace(/\?.*/, '');
    proxy.requests.push({ path, headers: incoming.headers });
    const fault = proxy.fault(path);
    if (typeof fault === 'object' && 'status' in fault) {
      incoming.resume();
      outgoing.writeHead(fault.status, fault.headers).end(fault.body);
      return;
    }
    if (typeof fault === 'object') await sleep(fault.delay);
    const { method, url, headers } = incoming;
    const onward = request(new URL(url as string, target), { method, headers }, (answer) => {
      if (fault === 'break off') {
        outgoing.writeHead(answer.statusCode as number, answer.headers);
        answer.once('data', (part) => outgoing.write(part, () => outgoing.destroy()));
      } else if (fault === 'lose the answer') answer.resume().on('end', () => outgoing.destroy());
      else answer.pipe(outgoing.writeHead(answer.statusCode as number, answer.headers));
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const proxy: Proxy = {
    uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests: [],
    fault: () => undefined,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

/** Applies a fault to the first `times` requests of a path. */
export function firstTimes(path: string, times: number, fault: Fault): Proxy['fault'] {
  let left = times;
  return (asked) => (asked === path && left-- > 0 ? fault : undefined);
}
