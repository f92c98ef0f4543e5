import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as tf from '@tensorflow/tfjs-core';
import { execFile, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { tensorflow } from './index.js';
import { writeImage } from './testing/image-files.js';
import { type Report, runChild, startChild } from './testing/run-child.js';

jest.setTimeout(120_000);

const COUNT = 40;

let folder: string;
/** Lists of files: small images, and the same with every second of them a large one. */
let small: string;
let mixed: string;
let cache: string;
beforeAll(async () => {
  await tensorflow();
  folder = await mkdtemp(join(tmpdir(), 'paperlab-decoding-'));
  const image = async (name: string, side: number) => {
    const pixels = tf.tidy(() => tf.mul(tf.randomUniform([side, side, 3], 0, 1, 'float32', 1), 255));
    await writeImage(join(folder, name), pixels as tf.Tensor3D);
    pixels.dispose();
    return join(folder, name);
  };
  const list = async (name: string, files: readonly string[]) => {
    await writeFile(join(folder, name), JSON.stringify(files));
    return join(folder, name);
  };
  const [one, other] = [await image('small.png', 20), await image('large.png', 200)];
  small = await list('small.json', Array<string>(COUNT).fill(one));
  mixed = await list(
    'mixed.json',
    Array.from({ length: COUNT }, (_, i) => (i % 2 ? other : one)),
  );
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  cache = await mkdtemp(join(folder, 'cache-'));
});

const decode = (list: string, at = cache) => runChild('decode.child.ts', list, at);
const begun = ({ lines }: Report) => (lines as string[]).filter((line) => line.startsWith('decoding'));

describe('processes', () => {
  it('two at once: one decodes, and the other waits for it', async () => {
    const both = await Promise.all([decode(mixed), decode(mixed)]);
    expect(both.flatMap(begun)).toHaveLength(1);
    expect(both[0]!['sum']).toBe(both[1]!['sum']);
    expect(await readdir(cache)).toEqual([expect.stringMatching(/\.pixels$/)]);
  });

  it('one that is killed leaves nothing that counts, and the next one makes it all', async () => {
    const child = startChild('decode.child.ts', mixed, cache, 'wait');
    await child.report('decoding');
    child.process.kill('SIGKILL');
    expect((await child.ended).signal).toBe('SIGKILL');
    const left = (await readdir(cache)).sort();
    expect(left).toEqual([
      expect.stringMatching(/\.pixels\.lock$/),
      expect.stringMatching(/\.pixels\.part$/),
    ]);
    await utimes(join(cache, left[0]!), 0, 0); // as if the 10 s were over that a lock counts
    expect(begun(await decode(mixed))).toHaveLength(1);
    expect(await readdir(cache)).toEqual([expect.stringMatching(/\.pixels$/)]);
  });
});

/** Arguments of `unshare` that run a command with a small disk in memory; that needs no rights. */
const withDisk = (at: string, bytes: number, command: readonly string[]) => {
  const script = 'mount -t tmpfs -o size=$1 none "$0" && shift && exec "$@"';
  return ['--user', '--map-root-user', '--mount', 'sh', '-c', script, at, String(bytes), ...command];
};
const available = spawnSync('unshare', withDisk(tmpdir(), 4096, ['true'])).status === 0;

(available ? describe : describe.skip)(
  `a disk that is too small is said in one line, and images are decoded as without${available ? '' : ' (unshare mounts none here)'}`,
  () => {
    // What all will take is told by every second image.
    it.each([
      ['found out beforehand', 16, () => small],
      ['found out when it is full', 256, () => mixed],
    ])('%s', async (_, kib, list) => {
      const disk = join(cache, 'disk');
      await mkdir(disk);
      const program = fileURLToPath(new URL('testing/decode.child.ts', import.meta.url));
      const node = [process.execPath, '--import', 'tsx', '--conditions=@paperlab/source', '--no-warnings'];
      const env = { ...process.env, NODE_OPTIONS: '', TF_CPP_MIN_LOG_LEVEL: '3' };
      const command = withDisk(disk, kib * 1024, [...node, program, list(), disk]);
      const { stdout } = await promisify(execFile)('unshare', command, { env });
      const { lines, sum } = JSON.parse(stdout) as { lines: string[]; sum: number };
      expect(lines.at(-1)).toMatch(
        /^decoded images cannot be kept in \S+disk \(too little room\), and are decoded again in every epoch; set .* with 1 MB free$/,
      );
      expect(lines).toHaveLength(kib === 16 ? 2 : lines.length);
      expect(sum).toBe((await decode(list()))['sum']);
    });
  },
);
