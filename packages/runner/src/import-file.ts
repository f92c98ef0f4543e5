import { statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import 'tsx'; // from here on, TypeScript files can be imported

export type Exports = Readonly<Record<string, unknown>>;

/**
 * Imports a user's TypeScript or JavaScript file.
 * @param what it should export, for messages: `an experiment`
 * @throws in one line, when there is no such file or it cannot be loaded
 */
export async function importFile(file: string, what: string): Promise<Exports> {
  const path = resolve(file);
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new Error(`no such file: ${file}`);
  if (!found.isFile()) throw new Error(`${file} is a folder; name the file in it that exports ${what}`);
  try {
    return (await import(pathToFileURL(path).href)) as Exports;
  } catch (error) {
    throw new Error(explain(error, file), { cause: error });
  }
}

/** Why a file could not be imported, and where. */
function explain(error: unknown, file: string): string {
  if (!(error instanceof Error)) return `${file}: ${String(error)}`;
  // esbuild says where: "Transform failed with 1 error:\n/path/file.ts:3:5: ERROR: Expected …"
  const [, untransformed] = /^Transform failed[^\n]*\n([^\n]+)/.exec(error.message) ?? [];
  if (untransformed) return relative('', untransformed);
  const loading = 'code' in error || error instanceof SyntaxError;
  if (error.constructor === Error && !loading) return error.message; // on purpose, as by defineExperiment: it says all
  const place = loading ? file : (placeOf(error) ?? file);
  return `${place}: ${error.message.split('\n')[0]}`;
}

/** `file.ts:3:5`, the innermost line of the user's own code that an error came from. */
function placeOf({ stack = '' }: Error): string | undefined {
  const frames = stack.matchAll(/^ +at (?:.*\()?(?:file:\/\/)?(\/.+:\d+:\d+)\)?$/gm);
  const own = [...frames].find(([, place]) => !place!.includes('/node_modules/'));
  return own && relative('', own[1]!);
}
