import type { ConnectionOptions } from 'bullmq';

/** The queue that variants lie in, in every Redis. */
export const QUEUE = 'paperlab-variants';

/** A Redis, as BullMQ takes it. */
export interface Redis {
  /** Without a password, for messages: `redis://127.0.0.1:6379`. */
  readonly name: string;
  readonly connection: ConnectionOptions;
  /** Whether it answers now. */
  answers(): Promise<boolean>;
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
  const problem = await problemOf(url);
  if (problem !== undefined)
    throw new Error(
      `Redis at ${shown} does not answer (${problem}): start it, or give its address with --redis`,
    );
  return {
    name: `${shown}`,
    // BullMQ waits for a Redis that is away, and wants to be told so.
    connection: { url, maxRetriesPerRequest: null },
    answers: async () => (await problemOf(url)) === undefined,
  };
}

/** @returns nothing where a Redis answers */
async function problemOf(url: string): Promise<string | undefined> {
  const { Redis: Client } = await needed(() => import('ioredis'));
  const client = new Client(url, {
    lazyConnect: true,
    connectTimeout: 5000,
    disconnectTimeout: 100,
    retryStrategy: () => null,
  });
  let problem: NodeJS.ErrnoException | undefined;
  client.on('error', (error) => (problem ??= error));
  try {
    await client.connect();
    await client.ping();
    return undefined;
  } catch (error) {
    const { code, message } = problem ?? (error as NodeJS.ErrnoException);
    return code ?? message;
  } finally {
    client.disconnect();
  }
}

/** BullMQ, which studies alone need that run on several machines. */
export const bullmq = (): Promise<typeof import('bullmq')> => needed(() => import('bullmq'));

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
