/**
 * How long a folder of as many names as ImageNet has takes to open, and the memory that it takes: made of empty files in a
 * temporary folder, opened by a fresh process.
 *
 *   npm run open-folder -w tools/bench -- [names]
 */
import { imageFolder } from '@paperlab/datasets';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** For 1.3 million names: seconds, and MB of the whole process at its largest. */
const MOST = { seconds: 10, megabytes: 500 };
const CLASSES = 1000;

/** What a process found. */
interface Opened {
  readonly images: number;
  readonly seconds: number;
  /** Resident at most: of the whole process, and before the folder was opened. */
  readonly megabytes: number;
  readonly before: number;
}

try {
  const [first = '1300000', folder] = process.argv.slice(2);
  if (first === 'open') console.log(JSON.stringify(await opened(folder!)));
  else measure(Number(first));
} catch (error) {
  console.error(`open-folder: ${(error as Error).message}`);
  process.exitCode = 1;
}

function measure(names: number): void {
  if (!Number.isInteger(names / CLASSES) || names <= 0)
    throw new Error(`it takes a multiple of ${CLASSES} names, one for each class`);
  const folder = mkdtempSync(join(tmpdir(), 'paperlab-open-folder-'));
  try {
    makeFiles(folder, names / CLASSES);
    const program = fileURLToPath(import.meta.url);
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [...process.execArgv, program, 'open', folder],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(stderr);
    const { images, seconds, megabytes, before } = JSON.parse(stdout) as Opened;
    console.log(
      `${images.toLocaleString('en-US')} names opened in ${seconds.toFixed(2)} s; ` +
        `${megabytes.toFixed(0)} MB at most, of which ${before.toFixed(0)} MB before`,
    );
    if (seconds > MOST.seconds || megabytes > MOST.megabytes)
      throw new Error(`at most ${MOST.seconds} s and ${MOST.megabytes} MB are allowed`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Names as ImageNet's: `train/n00000007/n00000007_12.JPEG`. */
function makeFiles(folder: string, perClass: number): void {
  for (let label = 0; label < CLASSES; label++) {
    const wnid = `n${String(label).padStart(8, '0')}`;
    for (const part of ['train', 'val']) mkdirSync(join(folder, part, wnid), { recursive: true });
    for (let i = 0; i < perClass; i++)
      closeSync(openSync(join(folder, 'train', wnid, `${wnid}_${i}.JPEG`), 'w'));
  }
}

async function opened(folder: string): Promise<Opened> {
  const before = most();
  const start = performance.now();
  const { size } = await imageFolder({ folder, size: 224 }).open('train');
  const seconds = (performance.now() - start) / 1000;
  return { images: size, seconds, megabytes: most(), before };
}

/** Resident memory at its largest until now, in MB. */
function most(): number {
  return process.resourceUsage().maxRSS / 1000;
}
