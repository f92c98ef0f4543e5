import { afterAll, beforeAll } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from './mirror.js';

/** Lets the tests of a file look for data in folders of their own: `data` is `PAPERLAB_DATA`. Both begin empty. */
export function ownPlaces(): { readonly data: string; readonly cache: string } {
  const environment = { ...process.env };
  const places = { data: '', cache: '' };
  let folder: string;
  beforeAll(async () => {
    folder = await temporaryFolder();
    places.data = join(folder, 'data');
    places.cache = join(folder, 'caches', 'paperlab', 'datasets');
    process.env['XDG_CACHE_HOME'] = join(folder, 'caches');
    delete process.env['PAPERLAB_DATA'];
  });
  afterAll(async () => {
    process.env = environment;
    await rm(folder, { recursive: true });
  });
  return places;
}
