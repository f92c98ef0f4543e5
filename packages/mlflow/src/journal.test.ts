import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { appendFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Journal, journalFile, readJournal, type JournalRequest, type Position } from './journal.js';
import { lockFolder } from './lock.js';
import { newDirectory } from './testing/recorded.js';

const batch = (step: number): JournalRequest => ({
  endpoint: 'runs/log-batch',
  body: { metrics: [{ key: 'loss é', value: 'NaN', timestamp: 1, step }] },
});

async function readAll(folder: string, from?: Position) {
  const lines = [];
  for await (const line of readJournal(folder, from)) lines.push(line);
  return lines;
}

it('reads back what was written, from any line on', async () => {
  const folder = await newDirectory();
  const journal = await Journal.create(folder);
  for (let step = 0; step < 2000; step++) await journal.append(batch(step)); // more than one read
  await journal.close();
  const lines = await readAll(folder);
  expect(lines.map(({ request }) => request)).toEqual(Array.from({ length: 2000 }, (_, step) => batch(step)));
  expect(lines.at(-1)?.end.offset).toBe((await readFile(journalFile(folder))).length);
  expect(await readAll(folder, lines[1499]?.end)).toEqual(lines.slice(1500));
});

it('leaves out a torn last line, and goes on over it', async () => {
  const folder = await newDirectory();
  const journal = await Journal.create(folder);
  await journal.append(batch(0));
  await journal.close();
  await appendFile(journalFile(folder), JSON.stringify(batch(1)).slice(0, 100));
  const [line, ...more] = await readAll(folder);
  expect(more).toEqual([]);
  const continued = await Journal.continue(folder, line?.end.offset as number);
  await continued.append(batch(2));
  await continued.close();
  expect((await readAll(folder)).map(({ request }) => request)).toEqual([batch(0), batch(2)]);
});

it('steps over a damaged line', async () => {
  const folder = await newDirectory();
  await writeFile(journalFile(folder), `{"endpoint":"runs/log-b\0\0\n{}\n${JSON.stringify(batch(0))}\n`);
  expect((await readAll(folder)).map(({ request }) => request)).toEqual([undefined, undefined, batch(0)]);
});

it('refuses, in one line, what MLflow would mistake', async () => {
  const journal = await Journal.create(await newDirectory());
  const request = {
    endpoint: 'runs/log-batch',
    body: { params: [{ key: 'a', value: 1 }] },
  } as unknown as JournalRequest;
  await expect(journal.append(request)).rejects.toThrow(
    /^MLflow runs\/log-batch was not recorded: body.params\[0\].value: .+$/,
  );
  await journal.close();
});

it('locks a folder once', async () => {
  const folder = await newDirectory();
  const unlock = await lockFolder(folder);
  expect(await lockFolder(folder)).toBeUndefined();
  await unlock?.();
  await (
    await lockFolder(folder)
  )?.();
  expect(unlock).toBeDefined();
});

it('takes the lock of a process that is gone, and removes what such processes left', async () => {
  const folder = await newDirectory();
  const { pid } = spawnSync(process.execPath, ['--version']);
  await writeFile(join(folder, 'owner.json'), JSON.stringify({ pid, host: hostname() }));
  for (const name of ['lock', 'lock-0f3e', 'lock-77a1']) await mkdir(join(folder, name));
  const unlock = await lockFolder(folder);
  expect((await readdir(folder)).sort()).toEqual(['lock', 'owner.json']);
  await unlock!();
  expect(await readdir(folder)).toEqual([]);
});
