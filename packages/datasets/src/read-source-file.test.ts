import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Places, placesFrom, readSourceFile } from './read-source-file.js';
import type { Source, SourceFile } from './sources.js';
import { startMirror, status, temporaryFolder, whole } from './testing/mirror.js';

const content = Buffer.from('the content of a file of a dataset');
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const file: SourceFile = { name: 'digits', bytes: content.length, sha256: sha256(content), gzip: true };

let folder: string;
let places: Places & { data: string };
let source: Source;

beforeEach(async () => {
  folder = await temporaryFolder();
  places = {
    data: join(folder, 'data'),
    cache: join(folder, 'cache'),
    projects: [join(folder, 'project', 'package.json')],
  };
  source = {
    name: 'set',
    npmPackage: { name: 'set-data', version: '1.0.0', folder: 'files' },
    debianPackage: { name: 'dataset-set', folder: join(folder, 'debian') },
    mirrors: [],
  };
  await mkdir(places.data);
});

afterEach(() => rm(folder, { recursive: true }));

const own = () => join(places.data, 'set');
const cached = () => join(places.cache, 'set');
const installed = () => join(folder, 'project', 'node_modules', 'set-data');

async function put(path: string, name: string, bytes: Uint8Array = content): Promise<string> {
  await mkdir(path, { recursive: true });
  await writeFile(join(path, name), bytes);
  return join(path, name);
}

async function install(bytes?: Uint8Array): Promise<string> {
  await put(installed(), 'package.json', Buffer.from('{ "name": "set-data", "version": "1.0.0" }'));
  await put(installed(), 'index.js', Buffer.from('throw new Error("its code was called")'));
  return put(join(installed(), 'files'), 'digits', bytes);
}

const read = () => readSourceFile(source, file, {}, places);
const bad = Buffer.from('something else');

describe('a file is read', () => {
  it.each([
    ['its folder in PAPERLAB_DATA', own, 'digits', content],
    ['its folder in PAPERLAB_DATA, gzipped', own, 'digits.gz', gzipSync(content)],
    ['where Debian put it', () => join(folder, 'debian'), 'digits.gz', gzipSync(content)],
    ['the cache', cached, 'digits.gz', gzipSync(content)],
    ['the cache, as a server unpacked it', cached, 'digits.gz', content],
  ])('from %s', async (_, path, name, bytes) => {
    await put(path(), name, bytes);
    expect(Buffer.from(await read())).toEqual(content);
  });

  it('from an npm package in the project, by its path', async () => {
    await install();
    expect(Buffer.from(await read())).toEqual(content);
  });

  it('from a mirror, and from then on from the cache', async () => {
    const mirror = await startMirror(whole(gzipSync(content)));
    source = { ...source, mirrors: [mirror.url] };
    for (let time = 0; time < 2; time++) expect(Buffer.from(await read())).toEqual(content);
    expect(mirror.requests.map(({ url }) => url)).toEqual(['/digits.gz']);
    expect(await readdir(cached())).toEqual(['digits.gz']);
    await mirror.close();
  });

  it('as it is where the dataset does not have it gzipped', async () => {
    const archive = gzipSync(content);
    await put(own(), 'digits.tar.gz', archive);
    const whole = { name: 'digits.tar.gz', bytes: archive.length, sha256: sha256(archive), gzip: false };
    expect(Buffer.from(await readSourceFile(source, whole, {}, places))).toEqual(archive);
  });

  it('from the first place that has it', async () => {
    // The later places have bad files, which would be an error.
    await install(bad);
    await put(join(folder, 'debian'), 'digits', bad);
    await put(own(), 'digits');
    expect(Buffer.from(await read())).toEqual(content);
    await rm(own(), { recursive: true });
    await put(cached(), 'digits.gz', gzipSync(content));
    expect(Buffer.from(await read())).toEqual(content);
    await rm(places.cache, { recursive: true });
    await install();
    source = { ...source, mirrors: ['http://127.0.0.1:1/'] };
    expect(Buffer.from(await read())).toEqual(content);
  });
});

describe('a damaged file is an error that says where it is and what to do, and stays', () => {
  const wrong = `is damaged or not digits (its sha256 is ${sha256(bad)}, not ${file.sha256})`;

  it.each([
    ['PAPERLAB_DATA', () => put(own(), 'digits', bad), 'replace it with a good copy, or take it away'],
    ['cache', () => put(cached(), 'digits.gz', gzipSync(bad)), 'delete it, and it is fetched again'],
    ['npm package set-data', () => install(bad), 'reinstall set-data@1.0.0'],
    ['Debian package dataset-set', () => put(join(folder, 'debian'), 'digits', bad), 'reinstall dataset-set'],
  ])('in: %s', async (place, prepare, remedy) => {
    const path = await prepare();
    const before = await readFile(path);
    await expect(read()).rejects.toThrow(new Error(`${path} (${place}) ${wrong}: ${remedy}`));
    expect(await readFile(path)).toEqual(before);
  });

  it.each([
    ['is cut off', gzipSync(content).subarray(0, -12), 'unexpected end of file'],
    ['unpacks to more than the file', gzipSync(Buffer.alloc(1e6)), 'Cannot create a Buffer larger than'],
  ])('if its gzip %s', async (_, bytes, reason) => {
    const path = await put(own(), 'digits.gz', bytes);
    await expect(read()).rejects.toThrow(`${path} (PAPERLAB_DATA) is damaged (${reason}`);
  });
});

describe('it is an error in one line', () => {
  it('if no place and no mirror has the file; nothing is left', async () => {
    const mirrors = [await startMirror(status(404)), await startMirror(whole(gzipSync(bad)))];
    const urls = mirrors.map(({ url }) => url);
    source = { ...source, mirrors: urls };
    await expect(read()).rejects.toThrow(
      new Error(
        `set needs digits, and digits.gz cannot be downloaded (${urls[0]}digits.gz: 404 Not Found; ${urls[1]}digits.gz: ` +
          `is damaged or not digits (its sha256 is ${sha256(bad)}, not ${file.sha256})). ` +
          'Other ways to it: npm install set-data@1.0.0, or apt-get install dataset-set, or the file in the folder set of ' +
          'PAPERLAB_DATA',
      ),
    );
    expect(await readdir(cached())).toEqual([]);
    await Promise.all(mirrors.map((mirror) => mirror.close()));
  });

  it('if PAPERLAB_DATA is no folder', async () => {
    const path = await put(folder, 'a-file');
    await expect(readSourceFile(source, file, {}, { ...places, data: path })).rejects.toThrow(
      `PAPERLAB_DATA is ${path}, which is no folder that can be read: correct it, or unset it`,
    );
  });

  it('if the cache is not a folder and the file has to be fetched', async () => {
    await put(folder, 'cache');
    source = { ...source, mirrors: ['http://127.0.0.1:1/'] };
    await expect(read()).rejects.toThrow(
      `set needs digits, and digits.gz cannot be kept in ${cached()} (ENOTDIR)`,
    );
  });

  it('if a file cannot be read', async () => {
    await mkdir(own());
    const path = join(own(), 'digits');
    await symlink('digits', path); // a link to itself
    await expect(read()).rejects.toThrow(`${path} cannot be read (ELOOP): make it readable, or take it away`);
  });

  it('if it is aborted', async () => {
    await put(own(), 'digits');
    const context = { signal: AbortSignal.abort(new Error('Ctrl-C')) };
    await expect(readSourceFile(source, file, context, places)).rejects.toThrow('Ctrl-C');
  });
});

describe('places', () => {
  it('follow XDG_CACHE_HOME and PAPERLAB_DATA', () => {
    const { data, cache } = placesFrom({ XDG_CACHE_HOME: '/caches', PAPERLAB_DATA: '/data' });
    expect({ data, cache }).toEqual({ data: '/data', cache: '/caches/paperlab/datasets' });
  });

  it('include the project of the person and what is installed with this package', () => {
    expect(placesFrom({}).projects).toEqual([
      join(process.cwd(), 'package.json'),
      expect.stringMatching(/^file:/),
    ]);
  });

  it('have defaults', () => {
    const { data, cache } = placesFrom({ HOME: '/home/someone', PAPERLAB_DATA: '' });
    expect({ data, cache }).toEqual({ data: undefined, cache: '/home/someone/.cache/paperlab/datasets' });
  });
});
