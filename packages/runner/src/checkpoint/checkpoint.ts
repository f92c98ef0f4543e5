import { readSafetensors, type StoredTensor, writeSafetensors } from '@paperlab/core';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readDirectory, removeUnfinished, writeDirectory } from './directory.js';

/** JSON has no NaN: it writes null. */
const number = z
  .number()
  .nullable()
  .transform((value) => value ?? NaN);

/** Everything of a run beside its tensors: `state.json`. */
const stateSchema = z.strictObject({
  /** Optimizer steps done. */
  step: z.int().nonnegative(),
  /** Where the data stands: batch `batch` of epoch `epoch` comes next. */
  epoch: z.int().nonnegative(),
  batch: z.int().nonnegative(),
  /** Sums over the epoch so far. */
  metrics: z.strictObject({ examples: z.number(), loss: z.number(), correct: z.number() }),
  /** What each epoch that is done gave on the valid split. */
  history: z.array(z.strictObject({ loss: number, top1: number })),
  /** The experiment as `experimentParams` has it. */
  experiment: z.record(z.string(), z.string()),
  /** Engine and type of the processor: bits are equal on the same ones only. */
  engine: z.string(),
  cpu: z.string(),
  /** `TrackedRun.id` by the tracker's name. */
  trackers: z.record(z.string(), z.string()),
  /** What each callback saved, by its name. */
  callbacks: z.record(z.string(), z.unknown()),
});
export type CheckpointState = z.infer<typeof stateSchema>;

/** Tensors by the paper's name of their weight. */
export type StoredTensors = ReadonlyMap<string, StoredTensor>;

export interface Checkpoint {
  readonly state: CheckpointState;
  /** Each in a file of its own: `weights`, `optimizer` (`C1/kernel/momentum`), … */
  readonly tensors: Readonly<Record<string, StoredTensors>>;
  /** The network, as tfjs's `model.json` has its topology. */
  readonly model: string;
}

/** Directories are named by step, in order: `step-00001875`. */
const NAME = /^step-\d{8,}$/;
const nameOf = (step: number) => `step-${String(step).padStart(8, '0')}`;

/** The checkpoints of one run, the newest kept. */
export class CheckpointFolder {
  readonly #path: string;
  readonly #keep: number;

  /** @param keep how many are kept: a damaged one can then be replaced by the one before it */
  constructor(path: string, keep = 2) {
    this.#path = path;
    this.#keep = keep;
  }

  /**
   * Writes a checkpoint, whole or not at all, and removes those that are not kept.
   * @returns its path
   */
  async save({ state, tensors, model }: Checkpoint): Promise<string> {
    await removeUnfinished(this.#path);
    const path = join(this.#path, nameOf(state.step));
    const text = (content: string) => [new TextEncoder().encode(content)];
    const files = new Map([
      ...Object.entries(tensors).map(
        ([name, named]) => [`${name}.safetensors`, writeSafetensors({ tensors: named })] as const,
      ),
      ['model.json', text(model)] as const,
      ['state.json', text(JSON.stringify(state, null, 2))] as const,
    ]);
    await writeDirectory(path, files);
    const superseded = (await this.names()).slice(0, -this.#keep);
    for (const name of superseded) await rm(join(this.#path, name), { recursive: true, force: true });
    return path;
  }

  /** Names of what is there, the oldest first. */
  async names(): Promise<string[]> {
    const entries = await readdir(this.#path).catch(() => []);
    return entries.filter((name) => NAME.test(name)).sort();
  }

  /**
   * The newest checkpoint that is whole.
   * @param report told, in a line each, which newer ones are damaged, and where
   */
  async latest(
    report: (line: string) => void,
  ): Promise<{ path: string; checkpoint: Checkpoint } | undefined> {
    for (const name of (await this.names()).reverse()) {
      const path = join(this.#path, name);
      try {
        return { path, checkpoint: await readCheckpoint(path) };
      } catch (error) {
        report(`${(error as Error).message}; the checkpoint before it is used`);
      }
    }
    return undefined;
  }
}

/**
 * Reads a checkpoint's directory.
 * @throws if anything in it is not as it was written; the message names the file
 */
async function readCheckpoint(path: string): Promise<Checkpoint> {
  const files = await readDirectory(path);
  const text = (name: string) => {
    const bytes = files.get(name);
    if (!bytes) throw new Error(`${join(path, name)} is missing`);
    return new TextDecoder().decode(bytes);
  };
  const state = stateSchema.safeParse(JSON.parse(text('state.json')));
  if (!state.success) {
    const { path: at, message } = state.error.issues[0]!;
    throw new Error(
      `${join(path, 'state.json')} is of another version of Paperlab (${at.join('.')}: ${message})`,
    );
  }
  const tensors = [...files].flatMap(([name, bytes]) => {
    const [, stem] = /^(.*)\.safetensors$/.exec(name) ?? [];
    return stem === undefined ? [] : [[stem, readSafetensors(bytes).tensors] as const];
  });
  return { state: state.data, tensors: Object.fromEntries(tensors), model: text('model.json') };
}
