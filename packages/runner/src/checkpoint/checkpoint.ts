import { readSafetensors, type StoredTensor, type Transform, writeSafetensors } from '@paperlab/core';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { compositionSchema } from '../composition.js';
import { directoriesIn, readDirectory, recoverDirectories, writeDirectory } from './directory.js';

/** JSON has no NaN: it writes null. */
const number = z
  .number()
  .nullable()
  .transform((value) => value ?? NaN);
const metrics = z.strictObject({ loss: number, top1: number });

/** An `EpochResult`. */
export const epochSchema = z.strictObject({
  epoch: z.int(),
  step: z.int(),
  train: metrics,
  valid: metrics,
  learningRate: number,
  seconds: number,
  imagesPerSecond: number,
  stall: number,
  skipped: z.int(),
});

/** What the model takes: enough to predict without the dataset. */
const inputSchema = z.strictObject({
  classNames: z.array(z.string()),
  /** Of the images before the transforms, `[height, width, channels]`; null where they differ in size. */
  sourceShape: z.tuple([z.int(), z.int(), z.int()]).nullable(),
  channels: z.union([z.literal(1), z.literal(3)]),
  /** Of the valid split; null if one of them is a function. */
  transforms: z.array(z.custom<Transform>((value) => typeof Object(value).name === 'string')).nullable(),
});
export type CheckpointInput = z.infer<typeof inputSchema>;

/** Everything of a run beside its tensors: `state.json`. */
const stateSchema = z.strictObject({
  /** Optimizer steps done. */
  step: z.int().nonnegative(),
  /** Where the data stands: batch `batch` of epoch `epoch` comes next. */
  epoch: z.int().nonnegative(),
  batch: z.int().nonnegative(),
  /** Sums over the epoch so far. */
  metrics: z.strictObject({ examples: z.int(), loss: z.number(), correct: z.number(), skipped: z.int() }),
  /** What each epoch that is done gave. */
  history: z.array(epochSchema),
  /** The experiment's name. */
  name: z.string(),
  /** The experiment as `RunDescription.params` has it. */
  params: z.record(z.string(), z.string()),
  /** What the experiment was composed of on a command line; null if it was made in code. */
  source: compositionSchema.nullable(),
  input: inputSchema,
  /** Engine and type of the processor: bits are equal on the same ones only. */
  engine: z.string(),
  cpu: z.string(),
  /** `TrackedRun.id` by the tracker's name. */
  trackers: z.record(z.string(), z.string()),
  /** What each callback saved, in their order. */
  callbacks: z.array(z.unknown()),
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

  /** @param keep how many of the newest are kept: a damaged one can then be replaced by the one before it */
  constructor(path: string, keep = 2) {
    this.#path = path;
    this.#keep = keep;
  }

  /**
   * Writes a checkpoint, whole or not at all, and removes those that are not kept.
   * @param keptSteps those of these steps stay, whatever their age
   * @returns its path
   */
  async save(checkpoint: Checkpoint, keptSteps: readonly number[] = []): Promise<string> {
    await recoverDirectories(this.#path);
    const path = join(this.#path, nameOf(checkpoint.state.step));
    await writeCheckpoint(path, checkpoint);
    const kept = keptSteps.map(nameOf);
    const superseded = [...(await this.#paths()).keys()].slice(0, -this.#keep);
    for (const name of superseded.filter((name) => !kept.includes(name)))
      await rm(join(this.#path, name), { recursive: true, force: true });
    return path;
  }

  /** Paths of what is there, by name, the oldest first. */
  async #paths(): Promise<Map<string, string>> {
    const there = [...(await directoriesIn(this.#path))].filter(([name]) => NAME.test(name));
    return new Map(there.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /**
   * The newest checkpoint that is whole.
   * @param report told, in a line each, which newer ones are damaged, and where
   */
  async latest(
    report: (line: string) => void,
  ): Promise<{ path: string; checkpoint: Checkpoint } | undefined> {
    for (const path of [...(await this.#paths()).values()].reverse()) {
      try {
        return { path, checkpoint: await readCheckpoint(path) };
      } catch (error) {
        report(`${(error as Error).message}; the checkpoint before it is used`);
      }
    }
    return undefined;
  }
}

/** Writes a checkpoint's directory, whole or not at all. One that is there already is replaced. */
export async function writeCheckpoint(path: string, { state, tensors, model }: Checkpoint): Promise<void> {
  const text = (content: string) => [new TextEncoder().encode(content)];
  const files = new Map([
    ...Object.entries(tensors).map(
      ([name, named]) => [`${name}.safetensors`, writeSafetensors({ tensors: named })] as const,
    ),
    ['model.json', text(model)] as const,
    ['state.json', text(JSON.stringify(state, null, 2))] as const,
  ]);
  await writeDirectory(path, files);
}

/**
 * Reads a checkpoint's directory.
 * @throws if anything in it is not as it was written; the message names the file
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
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
