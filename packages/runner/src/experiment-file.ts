import { existsSync } from 'node:fs';

/** What `FILE` or `FILE:NAME` names. A file that has a colon in its name is taken for that. */
export function experimentFile(given: string): { readonly file: string; readonly name?: string } {
  const [, file, name] = /^(.+):([^:/\\]+)$/.exec(given) ?? [];
  return file === undefined || existsSync(given) ? { file: given } : { file, name };
}
