import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { z } from 'zod';
import type { Command } from './commands.js';
import { peerEnvironment } from './peers.js';

const ready = z.strictObject({
  /** By name: `{ torch: '2.13.0', python: '3.11.7' }`. */
  versions: z.record(z.string(), z.string()),
  /** Trainable ones, of a contender that trains a network of its own. */
  parameters: z.int().positive().optional(),
});
type Ready = z.infer<typeof ready>;

/**
 * A program that works when it is told to. It warms up, answers with its versions, and then does one round for every
 * line on its stdin, and says what it did; it ends when its stdin ends. An answer is one line of JSON on stdout.
 */
export class Contender<Round> {
  readonly name: string;
  readonly versions: Readonly<Record<string, string>>;
  /** Trainable parameters of its network, where it has said so. */
  readonly parameters: number | undefined;
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly #round: z.ZodType<Round>;

  private constructor(
    name: string,
    { versions, parameters }: Ready,
    child: ChildProcessByStdio<Writable, Readable, null>,
    lines: AsyncIterator<string>,
    round: z.ZodType<Round>,
  ) {
    this.name = name;
    this.versions = versions;
    this.parameters = parameters;
    this.#child = child;
    this.#lines = lines;
    this.#round = round;
  }

  /**
   * Starts a program; resolves when it is warm. What it writes to stderr goes to ours.
   * @param round what it answers after a round
   */
  static async start<Round>(
    name: string,
    [command, ...args]: Command,
    round: z.ZodType<Round>,
  ): Promise<Contender<Round>> {
    // Our steps run on libuv's threads; `paperlab` sets as many.
    const env = { ...peerEnvironment(), TF_CPP_MIN_LOG_LEVEL: '2', UV_THREADPOOL_SIZE: '16' };
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env });
    await once(child, 'spawn').catch((error: Error) => {
      throw new Error(`${name} cannot be started: ${error.message}`);
    });
    // A program that has ended takes no line; the answer that does not come says so.
    child.stdin.on('error', () => {});
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    try {
      return new Contender(name, await answer(name, lines, ready), child, lines, round);
    } catch (error) {
      child.kill();
      throw error;
    }
  }

  /** Has it do one round. */
  async round(): Promise<Round> {
    this.#child.stdin.write('go\n');
    return answer(this.name, this.#lines, this.#round);
  }

  /** Resolves when the program has ended. */
  async stop(): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.stdin.end();
    await closed;
  }
}

async function answer<T>(name: string, lines: AsyncIterator<string>, schema: z.ZodType<T>): Promise<T> {
  const { value: line, done } = await lines.next();
  if (done) throw new Error(`${name} ended without an answer; what it wrote to stderr stands above`);
  const parsed = schema.safeParse(jsonIn(line));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`${name} answered ${line} (${[...issue!.path, issue!.message].join(': ')})`);
}

/** The text as it is where it is no JSON, for the schema to refuse. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
