import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { verifyChecksum } from './checksum.js';
import { makePlainTar, plainTarAt } from './plain-tar.js';
import { temporaryFolder } from './testing/mirror.js';

const content = randomBytes(3_000_000);
let folder: string;
let archive: string;
let target: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  archive = join(folder, 'photos.tar.gz');
  target = join(folder, 'cache', 'photos.tar');
  // Two members of gzip one behind the other, as parallel compressors write them.
  await writeFile(
    archive,
    Buffer.concat([content.subarray(0, 1000), content.subarray(1000)].map((part) => gzipSync(part))),
  );
});
afterEach(() => rm(folder, { recursive: true }));

describe('a plain archive', () => {
  it('has the content, and says what it was made of', async () => {
    const made = await makePlainTar(archive, target);
    expect((await readFile(target)).equals(content)).toBe(true);
    expect(made.bytes).toBe(content.length);
    for (const checksum of made.from) expect(await verifyChecksum(archive, 'it', [checksum])).toBe(checksum);
    for (const checksum of made.checksums)
      expect(await verifyChecksum(target, 'it', [checksum])).toBe(checksum);
    expect(await plainTarAt(target)).toEqual(made);
  });

  it('is made once, also if several ask at the same time', async () => {
    const lines: string[] = [];
    const report = (line: string) => lines.push(line);
    const made = await Promise.all([1, 2, 3].map(() => makePlainTar(archive, target, { report })));
    expect(new Set(made.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(lines.filter((line) => line === 'unpacking photos.tar.gz, which is done once')).toHaveLength(1);
    expect(
      lines.filter((line) => line === 'waiting for another process that unpacks photos.tar'),
    ).toHaveLength(2);
    expect((await readdir(join(folder, 'cache'))).sort()).toEqual(['photos.tar', 'photos.tar.json']);
  });

  it('is none if it has another length, or nothing says what it is', async () => {
    await makePlainTar(archive, target);
    await writeFile(target, content.subarray(1));
    expect(await plainTarAt(target)).toBeUndefined();
    await rm(`${target}.json`);
    expect(await plainTarAt(target)).toBeUndefined();
    await makePlainTar(archive, target);
    expect((await readFile(target)).equals(content)).toBe(true);
  });
});

describe('nothing is left', () => {
  const left = async () => (existsSync(join(folder, 'cache')) ? readdir(join(folder, 'cache')) : []);

  it('of an archive that is cut off', async () => {
    await writeFile(archive, (await readFile(archive)).subarray(0, -100_000));
    await expect(makePlainTar(archive, target)).rejects.toThrow(
      new Error(`${archive} cannot be unpacked to ${target} (unexpected end of file)`),
    );
    expect(await left()).toEqual([]);
  });

  it('of one that is not there', async () => {
    await expect(makePlainTar(join(folder, 'none.tgz'), target)).rejects.toThrow(
      new Error(`${join(folder, 'none.tgz')} cannot be unpacked to ${target} (ENOENT)`),
    );
    expect(await left()).toEqual([]);
  });

  it('when it is aborted', async () => {
    const abort = new AbortController();
    const made = makePlainTar(archive, target, {
      signal: abort.signal,
      report: () => abort.abort(new Error('Ctrl-C')),
    });
    await expect(made).rejects.toThrow('Ctrl-C');
    expect(await left()).toEqual([]);
  });

  it('where nothing can be written', async () => {
    await mkdir(`${target}.part`, { recursive: true });
    await expect(makePlainTar(archive, target)).rejects.toThrow(
      new Error(`${archive} cannot be unpacked to ${target} (EISDIR)`),
    );
    await rm(join(folder, 'cache'), { recursive: true });
    await writeFile(join(folder, 'cache'), 'a file');
    await expect(makePlainTar(archive, target)).rejects.toThrow(
      new Error(`${archive} cannot be unpacked to ${target} (EEXIST)`),
    );
  });
});
