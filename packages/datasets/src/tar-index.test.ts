import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, open, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { tarMembers } from './tar-index.js';
import { archiveOf, tarOf } from './testing/archive.js';
import { temporaryFolder } from './testing/mirror.js';

let folder: string;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true }));

const path = (...names: string[]) => join(folder, ...names);
const long = `${'long-folder-name/'.repeat(20)}${'x'.repeat(120)}.jpg`;
const contents: Record<string, Buffer> = {
  'train/cat/1.jpg': randomBytes(700),
  'train/cat/empty.jpg': Buffer.alloc(0),
  'train/dog/block.jpg': randomBytes(512),
  'train/dog/Zoë – 1.jpg': randomBytes(3),
  [long]: randomBytes(1025),
  [`${'y'.repeat(90)}/${'z'.repeat(90)}.jpg`]: randomBytes(5), // ustar has it in two fields
};
const byName = (one: { name: string }, other: { name: string }) => (one.name < other.name ? -1 : 1);
const expected = Object.entries(contents)
  .map(([name, content]) => ({ name, content }))
  .sort(byName);

/** What the index of an archive says is in it. */
function read(archive: string) {
  const bytes = readFileSync(archive);
  return tarMembers(archive)
    .map(({ name, offset, bytes: length }) => ({ name, content: bytes.subarray(offset, offset + length) }))
    .sort(byName);
}

describe('files are found', () => {
  it.each(['ustar', 'gnu', 'pax', 'posix', 'v7'])("in what the system's tar writes: %s", async (format) => {
    const root = path(format);
    const longest = { v7: 99, ustar: 250 }[format] ?? Infinity;
    const files = Object.entries(contents).filter(([name]) => name.length <= longest);
    for (const [name, content] of files) {
      await mkdir(dirname(join(root, name)), { recursive: true });
      await writeFile(join(root, name), content);
    }
    await symlink('1.jpg', join(root, 'train/cat/link.jpg'));
    const archive = path(`${format}.tar`);
    execFileSync('tar', ['-C', root, `--format=${format}`, '-cf', archive, '.']);
    const names = new Set(files.map(([name]) => name));
    expect(read(archive)).toEqual(expected.filter(({ name }) => names.has(name)));
  });

  it('in what tar-stream writes, in its order', async () => {
    await writeFile(path('stream.tar'), await tarOf(contents));
    expect(tarMembers(path('stream.tar')).map(({ name }) => name)).toEqual(Object.keys(contents));
    expect(read(path('stream.tar'))).toEqual(expected);
  });

  it('behind one of more than 8 GiB, whose content is not read', async () => {
    await mkdir(path('big'));
    await writeFile(path('big', 'a'), '');
    await truncate(path('big', 'a'), 9 * 2 ** 30); // takes no disk
    await writeFile(path('big', 'b'), 'the end');
    // What tar itself would write takes disk: the headers alone, with a hole between them.
    const header = (file: string, archive: string) =>
      execFileSync('sh', [
        '-c',
        `tar -C "${path('big')}" --format=gnu -cf - ${file} 2>/dev/null | head -c 512 > "${archive}"`,
      ]);
    header('a', path('a.header'));
    const small = execFileSync('tar', ['-C', path('big'), '--format=gnu', '-cf', '-', 'b']);
    const file = await open(path('big.tar'), 'w');
    await file.write(readFileSync(path('a.header')), 0, 512, 0);
    await file.write(small, 0, small.length, 512 + 9 * 2 ** 30);
    await file.close();
    expect(tarMembers(path('big.tar'))).toEqual([
      { name: 'a', offset: 512, bytes: 9 * 2 ** 30 },
      { name: 'b', offset: 9 * 2 ** 30 + 1024, bytes: 7 },
    ]);
  });
});

describe('an archive is refused in one line', () => {
  it.each<[string, () => Promise<Uint8Array>, string]>([
    ['compressed', () => archiveOf(contents), 'is no tar archive'],
    ['none', async () => randomBytes(2000), 'is no tar archive'],
    ['too short for a header', async () => randomBytes(100), 'is cut off'],
    ['cut off in a file', async () => (await tarOf(contents)).subarray(0, 1500), 'is cut off'],
    ['cut off at the end of a file', async () => (await tarOf(contents)).subarray(0, 512 * 4), 'is cut off'],
    ['cut off in a header', async () => (await tarOf(contents)).subarray(0, 512 * 4 + 9), 'is cut off'],
    [
      'overwritten in a header',
      async () => {
        const bytes = await tarOf(contents);
        return bytes.fill(0x55, 512, 600);
      },
      'has no header at byte 512',
    ],
  ])('that is %s', async (_, make, message) => {
    await writeFile(path('bad.tar'), await make());
    expect(() => tarMembers(path('bad.tar'))).toThrow(new Error(`${path('bad.tar')} ${message}`));
  });

  it('that is not there, or a folder', () => {
    expect(() => tarMembers(path('none.tar'))).toThrow(
      new Error(`${path('none.tar')} cannot be read (ENOENT)`),
    );
    expect(() => tarMembers(folder)).toThrow(new Error(`${folder} cannot be read (EISDIR)`));
  });

  it.each([
    ['gnu', 'has the sparse file hole.jpg; make it anew without --sparse'],
    ['posix', 'has sparse files; make it anew without --sparse'],
  ])('that has sparse files: %s', async (format, message) => {
    const root = path(`sparse-${format}`);
    await mkdir(root);
    await writeFile(join(root, 'hole.jpg'), 'x');
    await truncate(join(root, 'hole.jpg'), 1 << 20);
    const archive = path(`sparse-${format}.tar`);
    execFileSync('tar', ['-C', root, `--format=${format}`, '--sparse', '-cf', archive, 'hole.jpg']);
    expect(() => tarMembers(archive)).toThrow(new Error(`${archive} ${message}`));
  });
});
