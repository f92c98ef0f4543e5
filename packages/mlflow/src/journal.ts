import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { invalid } from './errors.js';
import { bodies } from './spec.js';

/** Of a file that is kept beside the journal: a path with `/` between folders, bytes, sha256 in hex. */
export const keptFile = z.strictObject({
  path: z
    .string()
    .max(1000)
    .regex(/^[^#\\\0]+$/, 'the path of an artifact has none of # and \\')
    .refine((path) => !/%[0-9a-f]{2}/i.test(path), 'the path of an artifact has no codes such as %20')
    .refine((path) => path.split('/').every((part) => !['', '.', '..'].includes(part)), {
      message: 'the path of an artifact is relative, with names between its slashes',
    }),
  bytes: z.int().nonnegative(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});
export type KeptFile = z.infer<typeof keptFile>;

/** `TrackedRun.id` of the record that a run is a part of. */
const parent = z.string().min(1).optional();

const loggedModel = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(500)
    .regex(/^[^/:.%"']+$/, 'the name of a model has none of / : . % " and \''),
  /** By which it is found again on a server; its files are in the folder `models/<key>`. */
  key: z.uuid(),
  step: z.int(),
  files: z.array(keptFile).min(1),
  /** The registered model that it becomes a version of. */
  registered: z.strictObject({ name: z.string().min(1), alias: z.string().min(1).optional() }).optional(),
});
export type ModelRequest = z.infer<typeof loggedModel>;

/**
 * The requests that record one run, a JSON object a line, in the order in which MLflow shall get them. Ids that a
 * server gives are left out, so that the same file can be sent to any server; but for those that the environment gave,
 * of an experiment or run that is on a server already.
 */
const schema = z.discriminatedUnion('endpoint', [
  z.strictObject({ endpoint: z.literal('experiments/create'), body: bodies.experiment }),
  z.strictObject({
    endpoint: z.literal('experiments/get'),
    body: z.strictObject({ experiment_id: z.string() }),
  }),
  z.strictObject({ endpoint: z.literal('runs/create'), body: bodies.run.extend({ parent }) }),
  z.strictObject({ endpoint: z.literal('runs/get'), body: z.strictObject({ run_id: z.string(), parent }) }),
  /** `version` counts the files of one path: 1, 2, … */
  z.strictObject({
    endpoint: z.literal('artifacts/put'),
    body: keptFile.extend({ version: z.int().positive() }),
  }),
  z.strictObject({ endpoint: z.literal('logged-models/create'), body: loggedModel }),
  z.strictObject({ endpoint: z.literal('runs/log-batch'), body: bodies.batch }),
  z.strictObject({ endpoint: z.literal('runs/log-inputs'), body: bodies.inputs }),
  z.strictObject({ endpoint: z.literal('runs/update'), body: bodies.update }),
]);
export type JournalRequest = z.infer<typeof schema>;

/** A place between two lines of a journal. */
export interface Position {
  /** Lines before it. */
  readonly line: number;
  /** Bytes before it. */
  readonly offset: number;
}

export interface JournalLine {
  /** `undefined` for a line that is damaged. */
  readonly request: JournalRequest | undefined;
  /** Behind this line. */
  readonly end: Position;
}

export function journalFile(folder: string): string {
  return join(folder, 'requests.jsonl');
}

/** Writes a run's journal. Whoever opens it holds the folder's lock. */
export class Journal {
  readonly #file: FileHandle;
  #size: number;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#size = size;
  }

  /** Begins the journal of a new run. */
  static async create(folder: string): Promise<Journal> {
    return new Journal(await open(journalFile(folder), 'wx'), 0);
  }

  /** Goes on behind the last whole line, whose end is at `offset`. What follows was torn by a crash, and is cut off. */
  static async continue(folder: string, offset: number): Promise<Journal> {
    const file = await open(journalFile(folder), 'r+');
    await file.truncate(offset);
    return new Journal(file, offset);
  }

  /** Adds one request. When it rejects (the disk is full), the journal is as it was. */
  append(request: JournalRequest): Promise<void> {
    const appended = this.#last.then(() => this.#append(request));
    this.#last = appended.catch(() => {});
    return appended;
  }

  async #append(request: JournalRequest): Promise<void> {
    const checked = schema.safeParse(request);
    if (!checked.success) throw invalid(`MLflow ${request.endpoint} was not recorded`, checked.error);
    const bytes = Buffer.from(`${JSON.stringify(checked.data)}\n`);
    try {
      for (let done = 0; done < bytes.length;) {
        done += (await this.#file.write(bytes, done, bytes.length - done, this.#size + done)).bytesWritten;
      }
    } catch (error) {
      await this.#file.truncate(this.#size);
      throw error;
    }
    this.#size += bytes.length;
  }

  /** Makes what was written safe on disk. */
  async sync(): Promise<void> {
    await this.#file.sync();
  }

  async close(): Promise<void> {
    await this.#file.sync().finally(() => this.#file.close());
  }
}

/** The whole lines of a journal from `from` on. A last line without its end, torn or just being written, is left out. */
export async function* readJournal(
  folder: string,
  from: Position = { line: 0, offset: 0 },
): AsyncGenerator<JournalLine> {
  let { line, offset } = from;
  let unread: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(journalFile(folder), { start: offset })) {
    unread = Buffer.concat([unread, chunk as Buffer]);
    for (let end = unread.indexOf('\n'); end >= 0; end = unread.indexOf('\n')) {
      const request = parseLine(unread.toString('utf8', 0, end));
      unread = unread.subarray(end + 1);
      offset += end + 1;
      line += 1;
      yield { request, end: { line, offset } };
    }
  }
}

/** What a journal already holds of its run. */
export interface Recorded {
  /** Where its last whole line ends. */
  offset: number;
  /** Whether it says that there is a run at all. */
  created: boolean;
  /** Steps of each metric. */
  readonly points: Map<string, Set<number>>;
  /** The newest file of each path. */
  readonly artifacts: Map<string, { readonly version: number; readonly sha256: string }>;
  /** Models, each as `modelName` has it. */
  readonly models: Set<string>;
}

export const nothingRecorded = (): Recorded => ({
  offset: 0,
  created: false,
  points: new Map(),
  artifacts: new Map(),
  models: new Set(),
});

export const modelName = ({ name, step }: { readonly name: string; readonly step: number }) =>
  `${name} at ${step}`;

/** Reads what a journal holds, damaged lines left out. */
export async function readRecorded(folder: string): Promise<Recorded> {
  const recorded = nothingRecorded();
  const { points, artifacts, models } = recorded;
  for await (const { request, end } of readJournal(folder)) {
    recorded.offset = end.offset;
    if (request?.endpoint === 'runs/create' || request?.endpoint === 'runs/get') recorded.created = true;
    if (request?.endpoint === 'artifacts/put') artifacts.set(request.body.path, request.body);
    if (request?.endpoint === 'logged-models/create') models.add(modelName(request.body));
    if (request?.endpoint !== 'runs/log-batch') continue;
    for (const { key, step } of request.body.metrics ?? []) {
      const steps = points.get(key) ?? new Set();
      points.set(key, steps.add(step));
    }
  }
  return recorded;
}

export function parseLine(text: string): JournalRequest | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
