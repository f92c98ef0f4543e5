import { afterAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Tmpfs } from './tmpfs.js';

const folder = mkdtempSync(join(tmpdir(), 'paperlab-artifacts-'));
const mountPoint = join(folder, 'disk');
mkdirSync(mountPoint);

/** Records a run on a disk that is full for a while. Says what it reports. */
const program = `
import { mlflow } from ${JSON.stringify(import.meta.resolve('@paperlab/mlflow'))};
import { rmSync, statfsSync, writeFileSync } from 'node:fs';
const directory = ${JSON.stringify(mountPoint)};
const tracker = mlflow({ directory, uri: '', report: (line) => console.log(line) });
const experiment = { name: 'full', dataset: { name: 'none' } };
const run = await tracker.start({ experiment, params: {}, tags: {}, datasets: {} });
const log = (path) => run.artifact({ kind: 'file', path, content: Buffer.alloc(1 << 20) });
log('before.bin');
await run.flush();
const { bavail, bsize } = statfsSync(directory);
const leftForMetrics = 128 << 10;
writeFileSync(directory + '/filler', Buffer.alloc(bavail * bsize - leftForMetrics));
log('full.bin');
run.metrics({ loss: 1 }, 1);
await run.flush();
rmSync(directory + '/filler');
log('after.bin');
await run.end('FINISHED');
`;

const disk = await Tmpfs.mount(mountPoint, 6 << 20).catch((error: Error) => error.message);
afterAll(async () => {
  if (typeof disk !== 'string') await disk.unmount();
  rmSync(folder, { recursive: true });
});

const suite = typeof disk === 'string' ? describe.skip : describe;
suite(`a full disk${typeof disk === 'string' ? ` (skipped: ${disk})` : ''}`, () => {
  it('keeps files out, and nothing of them half: they are named, and what comes later is recorded', async () => {
    const { launcher, path } = disk as Tmpfs;
    const [command, ...others] = launcher as [string, ...string[]];
    const node = [process.execPath, '--import', import.meta.resolve('tsx'), '--conditions=@paperlab/source'];
    const { stdout } = await promisify(execFile)(
      command,
      [...others, ...node, '--input-type=module', '--eval', program],
      { env: { ...process.env, NODE_OPTIONS: '' } },
    );

    expect(stdout).toMatch(/^file "full\.bin" is not recorded: ENOSPC.*\n$/);
    const [run] = readdirSync(join(path, 'runs'));
    const kept = join(path, 'runs', run!);
    expect(readdirSync(join(kept, 'artifacts')).sort()).toEqual(['after.bin', 'before.bin']);
    expect(readdirSync(join(kept, 'drafts'))).toEqual([]);
    const lines = readFileSync(join(kept, 'requests.jsonl'), 'utf8').trimEnd().split('\n');
    const requests = lines.map((line) => JSON.parse(line));
    const put = requests.filter(({ endpoint }) => endpoint === 'artifacts/put');
    expect(put.map(({ body }) => body.path)).toEqual(['before.bin', 'after.bin']);
    expect(requests.filter(({ body }) => body.metrics)).toHaveLength(1);
    expect(requests.at(-1).body.status).toBe('FINISHED');
  });
});
