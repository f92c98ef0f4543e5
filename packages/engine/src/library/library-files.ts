import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildKind } from './builds.js';
import { libraryNames } from './wheels.js';

/** libtensorflow on this machine. */
export interface LibraryFiles {
  /** Path of `libtensorflow_cc`, which has the C API; loaded second. */
  readonly cc: string;
  /** Path of `libtensorflow_framework`, which the other one needs; loaded first, its symbols global. */
  readonly framework: string;
  /** `2.20.0`; absent for a folder of bare libraries, where only `TF_Version()` can tell. */
  readonly version?: string;
  /** What it was built to compute on; absent for a folder of bare libraries. */
  readonly build?: BuildKind;
  /** Where it was found. */
  readonly source: 'PAPERLAB_TENSORFLOW' | 'cache' | 'python' | 'fetched';
}

/** Paths of the two libraries in a folder. */
export function librariesIn(folder: string): { cc: string; framework: string } {
  const { cc, framework } = libraryNames();
  return { cc: join(folder, cc), framework: join(folder, framework) };
}

/** Names of the libraries that a folder lacks. */
export function missingFrom(folder: string): string[] {
  return Object.values(libraryNames()).filter((name) => !existsSync(join(folder, name)));
}

/** What a caller may hear and stop while it waits. */
export interface LibraryOptions {
  /** Told, a line at a time, what is fetched and how far it is. Default: silent. */
  readonly report?: (line: string) => void;
  /** Told how many bytes of the download there are, for a progress bar; `report` then leaves these numbers out. */
  readonly progress?: (progress: { readonly done: number; readonly total: number }) => void;
  /** Aborts a search or download; what is half done is removed. */
  readonly signal?: AbortSignal;
  /** Default: `process.env`. */
  readonly env?: NodeJS.ProcessEnv;
}
