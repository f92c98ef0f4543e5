import { beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import { appendFile, mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sync } from './sync.js';
import { spawnRun } from './testing/process.js';
import { description, history, newDirectory, newName, serverUri, storedRuns } from './testing/recorded.js';
import { mlflow } from './tracker.js';

let directory: string;
let reports: string[];
const report = (line: string) => void reports.push(line);
const syncHere = (uri = serverUri) => sync({ directory, uri, report });
beforeEach(async () => {
  directory = await newDirectory();
  reports = [];
});

async function folderOfRun() {
  const [name] = await readdir(join(directory, 'runs'));
  return join(directory, 'runs', name as string);
}

async function recordOne(name: string) {
  const run = await mlflow({ directory, report }).start(description(name));
  for (let step = 0; step < 100; step++) run.metrics({ loss: step }, step);
  await run.end('FINISHED');
}

async function storedSteps(name: string) {
  const [run] = await storedRuns(name);
  return run ? (await history(run, 'loss')).map(({ step }) => step) : [];
}
const steps = (count: number) => Array.from({ length: count }, (_, step) => step);

describe('runs recorded on disk', () => {
  it('are found by the server that has them, when the note of what was sent is lost or damaged', async () => {
    const name = newName('note-lost');
    await recordOne(name);
    await syncHere();
    const stored = await storedRuns(name);
    await rm(join(await folderOfRun(), 'delivery.json'));
    await syncHere();
    await writeFile(join(await folderOfRun(), 'delivery.json'), '{"http');
    await syncHere();
    expect(await storedRuns(name)).toEqual(stored);
    expect(await storedSteps(name)).toEqual(steps(100));
  });

  it('are sent anew to a server that has lost them', async () => {
    const name = newName('server-lost');
    await recordOne(name);
    await syncHere();
    const file = join(await folderOfRun(), 'delivery.json');
    const note = await readFile(file, 'utf8');
    await writeFile(file, note.replace(/"runId": ".*"/, `"runId": "${'0'.repeat(32)}"`));
    expect((await syncHere()).sent).toBeGreaterThan(3);
    expect(await storedRuns(name)).toHaveLength(1);
  });

  it('stay deleted when they were deleted on the server', async () => {
    const name = newName('deleted');
    await recordOne(name);
    await syncHere();
    const run_id = (await storedRuns(name))[0]?.info.run_id as string;
    await fetch(`${serverUri}/api/2.0/mlflow/runs/delete`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ run_id }),
    });
    await syncHere();
    expect(reports.at(-1)).toMatch(/: skipped, it was deleted on the server$/);
    await rm(join(await folderOfRun(), 'delivery.json'));
    await syncHere();
    expect(reports.at(-1)).toMatch(/: skipped, it was deleted on the server$/);
    expect(await storedRuns(name)).toEqual([]);
  });

  it('are skipped while they go on', async () => {
    const name = newName('live');
    const run = await mlflow({ directory, report }).start(description(name));
    expect(await syncHere()).toEqual({ sent: 0, refused: 0, live: 1 });
    expect(reports.at(-1)).toMatch(/^live-\S+: skipped, it is still being recorded/);
    await run.end('FINISHED');
    expect((await syncHere()).live).toBe(0);
    expect(await storedRuns(name)).toHaveLength(1);
  });

  it('may hold damage', async () => {
    const name = newName('damaged');
    await recordOne(name);
    const file = join(await folderOfRun(), 'requests.jsonl');
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    lines.splice(4, 0, '\0\0\0');
    await writeFile(file, `${lines.join('\n')}\n{"endpoint":"runs/log-b`);
    await mkdir(join(directory, 'runs', 'empty'));
    await writeFile(join(directory, 'runs', 'a-file'), '');
    await syncHere();
    expect(reports).toContainEqual(expect.stringMatching(/line 5 of \S+ is damaged and was not sent$/));
    expect(await storedSteps(name)).toEqual(steps(100));
    expect((await storedRuns(name))[0]?.info.status).toBe('FINISHED');
    expect((await syncHere()).sent).toBe(0);
  });
});

/** A run that our sources record in a process of its own. */
const spawnScript = (script: string) => spawnRun(directory, script);

describe('a process', () => {
  it('that is killed leaves a run that becomes KILLED, with a torn last line too', async () => {
    const { child, name } = spawnScript(`
      for (let step = 0; step < 100; step++) run.metrics({ loss: step }, step);
      setTimeout(() => console.log('written'), 1500);
      setInterval(() => {}, 1000);`);
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const folder = await folderOfRun();
    await appendFile(join(folder, 'requests.jsonl'), '{"endpoint":"runs/log-batch","body":{"metr');
    // As if it had run on another machine, where nobody can say whether it still does.
    await writeFile(join(folder, 'owner.json'), JSON.stringify({ pid: 1, host: 'elsewhere' }));
    expect((await syncHere()).live).toBe(1);
    await utimes(join(folder, 'lock'), new Date(0), new Date(0)); // ten seconds later
    await syncHere();
    const [stored] = await storedRuns(name);
    expect(stored?.info.status).toBe('KILLED');
    expect(stored?.info.end_time).toBeGreaterThan(stored?.info.start_time as number);
    expect(await storedSteps(name)).toEqual(steps(100));
    expect(await syncHere()).toEqual({ sent: 0, refused: 0, live: 0 });
  });

  it('that is killed on this machine holds nothing', async () => {
    const { child, name } = spawnScript(
      `setTimeout(() => console.log('started'), 100); setInterval(() => {}, 1000);`,
    );
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect((await syncHere()).live).toBe(0);
    expect((await storedRuns(name))[0]?.info.status).toBe('KILLED');
  });

  it('ends by itself after the end of its run, and also without one', async () => {
    const ended = spawnScript(`await run.end('FINISHED');`);
    const left = spawnScript('');
    const exits = await Promise.all([ended, left].map(({ child }) => once(child, 'exit')));
    expect(exits).toEqual([
      [0, null],
      [0, null],
    ]);
  });
});

it('says what is missing when no server is known', async () => {
  await expect(sync({ directory, report })).rejects.toThrow(
    'no MLflow server to send to: set MLFLOW_TRACKING_URI',
  );
});

it('says in one line that the server is away', async () => {
  await recordOne(newName('away'));
  await expect(syncHere('http://127.0.0.1:9')).rejects.toThrow(
    /^MLflow at http:\/\/127.0.0.1:9 does not answer .*$/,
  );
});
