import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newFolder } from './new-folder.js';

let parent: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'paperlab-new-folder-'));
});
afterEach(() => rm(parent, { recursive: true }));

it('a folder has its name when it is whole', async () => {
  const folder = join(parent, 'deep', 'out');
  await newFolder(folder, async (draft) => {
    await mkdir(draft);
    await writeFile(join(draft, 'one'), '1');
    expect(await readdir(join(parent, 'deep'))).not.toContain('out');
    await writeFile(join(draft, 'two'), '2');
  });
  expect(await readdir(join(parent, 'deep'))).toEqual(['out']);
  expect(await readdir(folder)).toEqual(['one', 'two']);
});

it('nothing stays when writing fails', async () => {
  const writing = newFolder(join(parent, 'out'), async (draft) => {
    await mkdir(draft);
    await writeFile(join(draft, 'one'), '1');
    throw new Error('no space left');
  });
  await expect(writing).rejects.toThrow(`${join(parent, 'out')} could not be written: no space left`);
  expect(await readdir(parent)).toEqual([]);
});

it('what came there meanwhile is left as it is', async () => {
  const folder = join(parent, 'out');
  const writing = newFolder(folder, async (draft) => {
    await mkdir(draft);
    await mkdir(folder);
    await writeFile(join(folder, 'mine'), '');
  });
  await expect(writing).rejects.toThrow(/out could not be written: ENOTEMPTY/);
  expect(await readdir(parent)).toEqual(['out']);
  expect(await readdir(folder)).toEqual(['mine']);
});
