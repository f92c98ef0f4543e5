import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join, relative, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Connection } from './connection.js';
import { MlflowError } from './errors.js';
import type { LoggedModel, Run } from './spec.js';

/** Seconds without a sign of the server, which may be storing elsewhere what it got. */
const timeout = 120;

/** What has artifacts. */
export type ArtifactOwner = Run | LoggedModel;

export interface Artifact {
  /** Below its owner, with slashes. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
}

/** The files of runs and logged models, through MLflow's artifact proxy. */
export class Artifacts {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** @param size in bytes, where it is known before the content is read */
  async put(
    owner: ArtifactOwner,
    path: string,
    open: () => Readable | Buffer | string,
    size?: number,
  ): Promise<void> {
    const url = address(owner, path);
    await this.#connection.persist(async () => {
      const data = open();
      const type = { 'Content-Type': 'application/octet-stream' };
      const headers = size === undefined ? type : { ...type, 'Content-Length': size };
      try {
        await this.#connection.send(`artifact ${path}`, {
          method: 'PUT',
          url,
          data,
          headers,
          timeout: timeout * 1000,
        });
      } finally {
        if (data instanceof Readable) data.destroy();
      }
    });
  }

  async putFile(owner: ArtifactOwner, path: string, file: string): Promise<void> {
    for (const part of await filesBelow(file)) {
      const to = [path, ...relative(file, part).split(sep)].filter(Boolean).join('/');
      const { size } = await stat(part);
      // What is appended meanwhile is not a part of it: the size was said.
      await this.put(owner, to, () => createReadStream(part, { end: Math.max(size - 1, 0) }), size);
    }
  }

  async list(owner: ArtifactOwner, path?: string): Promise<Artifact[]> {
    const found: Artifact[] = [];
    let page_token: string | undefined;
    do {
      const page = await this.#page(owner, path, page_token);
      for (const { path, is_dir, file_size = 0 } of page.files) {
        found.push(...(is_dir ? await this.list(owner, path) : [{ path, size: file_size }]));
      }
      page_token = page.next_page_token;
    } while (page_token);
    return found;
  }

  #page({ info }: ArtifactOwner, path: string | undefined, token: string | undefined) {
    const page = token ? { page_token: token } : {};
    if ('run_id' in info) {
      return this.#connection.call('artifacts/list', { run_id: info.run_id, ...(path && { path }), ...page });
    }
    const below = path ? { artifact_directory_path: path } : {};
    return this.#connection.call('logged-models/list-artifacts', {
      model_id: info.model_id,
      ...below,
      ...page,
    });
  }

  async get(owner: ArtifactOwner, path: string): Promise<Readable> {
    const url = address(owner, path);
    return this.#connection.persist(() => this.#open(url, path));
  }

  async getFile(owner: ArtifactOwner, path: string, file: string): Promise<void> {
    const url = address(owner, path);
    const partial = `${file}.partial`;
    try {
      await this.#connection.persist(async () => {
        await pipeline(await this.#open(url, path), createWriteStream(partial));
      });
      await rename(partial, file);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  }

  async #open(url: string, path: string): Promise<Readable> {
    const body = await this.#connection.send<IncomingMessage>(`artifact ${path}`, {
      url,
      responseType: 'stream',
      headers: { 'Accept-Encoding': 'identity' },
      decompress: false,
    });
    body.setTimeout(timeout * 1000, () => body.destroy(new Error(`no byte for ${timeout} s`)));
    const stream = Readable.from(told(body, `MLflow at ${this.#connection.uri} broke off artifact ${path}`), {
      objectMode: false,
    });
    return stream.once('close', () => body.destroy());
  }

  async delete(owner: ArtifactOwner, path: string): Promise<void> {
    const url = address(owner, path);
    await this.#connection.persist(() =>
      this.#connection.send(`artifact ${path}`, { method: 'DELETE', url, timeout: timeout * 1000 }),
    );
  }
}

/** Where the proxy has it. */
function address({ info }: ArtifactOwner, path: string): string {
  const root = /^mlflow-artifacts:\/(?!\/)(.+)$/.exec(info.artifact_uri)?.[1];
  if (!root) {
    const name = 'run_id' in info ? `run ${info.run_id}` : `model ${info.model_id}`;
    throw new Error(
      `MLflow keeps the artifacts of ${name} at ${info.artifact_uri}, which needs a client of that store: start the server with --serve-artifacts`,
    );
  }
  const parts = path.split('/');
  // The server decodes a path twice, and takes no # in it.
  if (parts.some((part) => ['', '.', '..'].includes(part)) || /[#\\]|%[0-9a-f]{2}/i.test(path)) {
    throw new Error(
      `"${path}" is no path of an artifact: names with one / between them, without #, \\ and codes such as %20`,
    );
  }
  return `/api/2.0/mlflow-artifacts/artifacts/${[...root.split('/'), ...parts].map(encodeURIComponent).join('/')}`;
}

async function filesBelow(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** The same bytes, with one line in place of Node's errors. */
async function* told(body: Readable, what: string): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body) yield chunk as Buffer;
  } catch (error) {
    throw new MlflowError(`${what} (${(error as Error).message})`);
  }
}
