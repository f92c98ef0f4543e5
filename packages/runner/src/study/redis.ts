import type { ConnectionOptions } from 'bullmq';

/** The queue that variants lie in, in every Redis. */
export const QUEUE = 'paperlab-variants';

/** A Redis that answers, as BullMQ takes it. */
export interface Redis {
  /** Without a password, for messages: `redis://127.0.0.1:6379`. */
  readonly name: string;
  readonly connection: ConnectionOptions;
}

/**
 * Finds Redis.
 * @param url `redis://USER:PASSWORD@HOST:PORT/DATABASE`, or `rediss:` over TLS
 * @throws in one line, if the address is none, or nothing answers there
 */
export async function findRedis(url: string): Promise<Redis> {
  if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol))
    throw new Error(
      `"${url.replace(/\/\/.*@/, '//…@')}" is not the address of a Redis: write redis://HOST:PORT`,
    );
  const shown = new URL(url);
  shown.password = '';
  const { Redis: Client } = await needed(() => import('ioredis'));
  const client = new Client(url, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
  client.on('error', () => {}); // connect() rejects with it
  try {
    await client.connect();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(
      `Redis at ${shown} does not answer (${code ?? message}): start it, or give its address with --redis`,
    );
  } finally {
    client.disconnect();
  }
  // BullMQ waits for a Redis that is away, and wants to be told so.
  return { name: `${shown}`, connection: { url, maxRetriesPerRequest: null } };
}

/** BullMQ, which studies alone need that run on several machines. */
export const bullmq = () => needed(() => import('bullmq'));

async function needed<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new Error('studies over Redis need BullMQ, which is not installed: npm install bullmq ioredis', {
      cause: error,
    });
  }
}
