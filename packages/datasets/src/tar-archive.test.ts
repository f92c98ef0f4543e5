import { beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { readMembers } from './tar-archive.js';
import { archiveOf } from './testing/archive.js';
import { temporaryFolder } from './testing/mirror.js';

const one = randomBytes(100_000);
const two = randomBytes(3073);
let archive: Buffer;
beforeAll(async () => {
  archive = await archiveOf({
    'set/one.bin': one,
    'set/skipped.bin': randomBytes(70_000),
    'set/two.bin': two,
  });
});

const read = (bytes: Uint8Array, members = ['set/two.bin', 'set/one.bin']) =>
  readMembers(bytes, members, 'x.tar.gz');

it('reads members in the order asked for, whatever theirs in the archive', async () => {
  expect((await read(archive)).map((bytes) => Buffer.from(bytes))).toEqual([two, one]);
});

it("reads what the system's tar writes", async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'set'));
  await writeFile(join(folder, 'set', 'one.bin'), one);
  await writeFile(join(folder, 'set', 'two.bin'), two);
  for (const what of ['set', './set']) {
    const made = execFileSync('tar', ['-C', folder, '-cz', what], { maxBuffer: 1e9 });
    expect((await read(made)).map((bytes) => Buffer.from(bytes))).toEqual([two, one]);
  }
  await rm(folder, { recursive: true });
});

describe('an archive is refused in one line', () => {
  it('if a member is missing', async () => {
    await expect(read(archive, ['set/one.bin', 'set/three.bin'])).rejects.toThrow(
      new Error('x.tar.gz has no file set/three.bin'),
    );
  });

  it.each([
    [
      'is not gzipped',
      () => gunzipSync(archive),
      /^x\.tar\.gz cannot be unpacked \(incorrect header check\)$/,
    ],
    [
      'ends too soon',
      () => archive.subarray(0, 50_000),
      /^x\.tar\.gz cannot be unpacked \(unexpected end of file\)$/,
    ],
    [
      'holds a tar that ends too soon',
      () => gzipSync(gunzipSync(archive).subarray(0, 60_000)),
      /^x\.tar\.gz cannot be unpacked \([^\n]+\)$/,
    ],
    ['holds no tar', () => gzipSync(randomBytes(10_000)), /^x\.tar\.gz cannot be unpacked \([^\n]+\)$/],
  ])('if it %s', async (_, bytes, message) => {
    await expect(read(bytes())).rejects.toThrow(message);
  });

  it('if it is aborted', async () => {
    const signal = AbortSignal.abort(new Error('Ctrl-C'));
    await expect(readMembers(archive, ['set/one.bin'], 'x.tar.gz', signal)).rejects.toThrow('Ctrl-C');
  });
});
