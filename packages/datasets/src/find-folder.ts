import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * A person's own folder: an absolute path, or one below `PAPERLAB_DATA`, else below the working directory.
 * @param owner name of the dataset
 * @throws in one line, if there is none
 */
export function findFolder(folder: string, owner: string): string {
  const data = process.env['PAPERLAB_DATA'];
  const places = [...(data ? [resolve(data, folder)] : []), resolve(folder)];
  const found = places.find((place) => existsSync(place));
  if (found && statSync(found).isDirectory()) return found;
  if (found) throw new Error(`${owner} needs a folder; ${found} is a file`);
  throw new Error(`${owner} needs the folder ${places.join(' or ')}; there is none`);
}
