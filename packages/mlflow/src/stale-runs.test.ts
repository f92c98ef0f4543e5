import { beforeEach, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sync } from './sync.js';
import { spawnRun } from './testing/process.js';
import { description, history, newDirectory, newName, serverUri, storedRuns } from './testing/recorded.js';
import { mlflow } from './tracker.js';

let directory: string;
let reports: string[];
const report = (line: string) => void reports.push(line);
beforeEach(async () => {
  directory = await newDirectory();
  reports = [];
});

/** Kills a process that records a run, once it has written 100 points; returns the run's id and its experiment's name. */
async function killOne(uri: string) {
  const { child, name } = spawnRun(
    directory,
    `for (let step = 0; step < 100; step++) run.metrics({ loss: step }, step);
     await run.flush();
     setTimeout(() => console.log(run.id), 500);
     setInterval(() => {}, 1000);`,
    uri,
  );
  const [id] = (await once(child.stdout, 'data')) as [Buffer];
  child.kill('SIGKILL');
  await once(child, 'exit');
  return { name, id: id.toString().trim() };
}

const lastLine = async (id: string) =>
  JSON.parse(
    (await readFile(join(directory, 'runs', id, 'requests.jsonl'), 'utf8')).trimEnd().split('\n').at(-1)!,
  );

it('a run whose process was killed is KILLED when the next one starts, here and on the server', async () => {
  const { id, name } = await killOne(serverUri);
  await appendFile(join(directory, 'runs', id, 'requests.jsonl'), '{"endpoint":"runs/log-b'); // torn
  const run = await mlflow({ directory, uri: serverUri, report }).start(description());
  expect(await lastLine(id)).toMatchObject({ endpoint: 'runs/update', body: { status: 'KILLED' } });
  for (let stored; stored?.info.status !== 'KILLED'; [stored] = await storedRuns(name)) await sleep(100);
  await run.end('FINISHED');
  const [stored] = await storedRuns(name);
  expect(stored!.info.end_time).toBeGreaterThan(stored!.info.start_time);
  expect(await history(stored!, 'loss')).toHaveLength(100);
  expect(await readdir(join(directory, 'runs', id))).not.toContain('lock');
  expect(await sync({ directory, uri: serverUri, report })).toEqual({ sent: 0, refused: 0, live: 0 });
  expect(reports).toEqual([]);
});

it('without a server it is KILLED on disk; runs that go on or have ended stay as they are', async () => {
  const ended = await mlflow({ directory, uri: '', report }).start(description());
  await ended.end('FAILED');
  const live = await mlflow({ directory, uri: '', report }).start(description());
  const { id } = await killOne('');
  const next = await mlflow({ directory, uri: '', report }).start(description());
  expect(await lastLine(id)).toMatchObject({ body: { status: 'KILLED' } });
  expect(await lastLine(ended.id)).toMatchObject({ body: { status: 'FAILED' } });
  expect((await lastLine(live.id)).body.status).toBeUndefined();
  await Promise.all([live.end('FINISHED'), next.end('FINISHED')]);
  expect(reports).toEqual([]);
});

it('a killed run that is resumed goes on', async () => {
  const { id } = await killOne('');
  const described = description(newName('resumed'));
  const resumed = await mlflow({ directory, uri: '', report }).start({ ...described, resume: id });
  await resumed.end('FINISHED');
  const journal = await readFile(join(directory, 'runs', id, 'requests.jsonl'), 'utf8');
  expect(journal.match(/"status":"\w+"/g)).toEqual(['"status":"RUNNING"', '"status":"FINISHED"']);
});

it('a record that was torn before its run was named keeps no other from the server', async () => {
  const name = newName('whole');
  const run = await mlflow({ directory, uri: '', report }).start(description(name));
  await run.end('FINISHED');
  const torn = await mlflow({ directory, uri: '', report }).start(description());
  await torn.end('FINISHED');
  const file = join(directory, 'runs', torn.id, 'requests.jsonl');
  const [experiment, , ...others] = (await readFile(file, 'utf8')).split('\n');
  await writeFile(file, [experiment, ...others].join('\n'));
  await expect(sync({ directory, uri: serverUri, report })).rejects.toThrow(
    /^tracked-\S+: \S+requests\.jsonl does not begin with the creation of its run$/,
  );
  expect((await storedRuns(name)).map(({ info }) => info.status)).toEqual(['FINISHED']);
});
