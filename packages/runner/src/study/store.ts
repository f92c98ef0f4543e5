import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { epochSchema } from '../checkpoint/checkpoint.js';
import { writeWholeFile } from '../checkpoint/directory.js';

const params = z.record(z.string(), z.string());

const resultSchema = z.strictObject({
  variant: z.string(),
  /** `PRUNED`: its training was ended early by the study's pruner. */
  status: z.enum(['FINISHED', 'PRUNED', 'FAILED']),
  /** Why it was ended early, or failed. */
  reason: z.string().optional(),
  /** The experiment, as trackers record it. */
  params,
  epochs: z.array(epochSchema),
});
/** What became of a variant. Plain data. */
export type VariantResult = z.infer<typeof resultSchema>;

const stateSchema = z.strictObject({
  /** By variant, the experiment as trackers record it. */
  variants: z.record(z.string(), params),
  /** By tracker, `TrackedRun.id` of the study's own record. */
  runs: z.record(z.string(), z.string()),
});
/** What a study that is run again must know of its beginning. Plain data. */
export type StudyState = z.infer<typeof stateSchema>;

/** Keeps what a study has come to, for the process that runs it and for those that train its variants. */
export interface StudyStore {
  /** What `begin` was given last; nothing if the study has not begun. */
  state(): Promise<StudyState | undefined>;
  begin(state: StudyState): Promise<void>;
  /** What was saved, in any order. */
  results(): Promise<VariantResult[]>;
  /** Keeps a result, in place of an earlier one of the same variant: wholly or not at all, whenever the process ends. */
  save(result: VariantResult): Promise<void>;
}

const RESULT = 'result.json';

/** Keeps it on disk: in `study.json`, and beside the checkpoints of each variant in `result.json`. */
export function folderStore(folder: string): StudyStore {
  return {
    state: () => read(join(folder, 'study.json'), stateSchema),
    begin: (state) => writeWholeFile(join(folder, 'study.json'), JSON.stringify(state, null, 2)),
    async results() {
      const variants = await readdir(folder, { withFileTypes: true }).catch(() => []);
      const found = await Promise.all(
        variants
          .filter((entry) => entry.isDirectory())
          .map(({ name }) => read(join(folder, name, RESULT), resultSchema)),
      );
      return found.filter((result): result is VariantResult => result !== undefined);
    },
    save: (result) => writeWholeFile(join(folder, result.variant, RESULT), JSON.stringify(result, null, 2)),
  };
}

/** @returns nothing if there is no such file */
async function read<Value>(path: string, schema: z.ZodType<Value>): Promise<Value | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`${path} is damaged, or of another version of Paperlab; remove it to begin anew`, {
      cause: error,
    });
  }
}
