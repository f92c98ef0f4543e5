/**
 * What decoding each photo once is worth: random resized crop to 224, flip, normalise, batches of 64, in a new order each epoch, with the
 * option `cache` of `imageFolder` and without it, in turn: images per second of CPU time.
 *
 *   npm run photo-cache -w tools/bench -- FOLDER [--antialias yes] [--pairs 5] [--epochs 1] [--machine NAME]
 *
 * FOLDER as `photo-input` has it. Decoded photos are kept where users' are: `$XDG_CACHE_HOME/paperlab/datasets/image-folder/decoded`.
 */
import { resolve } from 'node:path';
import { commandLine } from './command-line.js';
import { ourCommand } from './commands.js';
import { inputContest, rows, table } from './input-report.js';
import { thisMachine } from './machine.js';
import { publish } from './results.js';

try {
  const { name, counts, choices, machine } = commandLine(
    process.argv.slice(2),
    { pairs: 5, epochs: 1 },
    { antialias: ['no', 'yes'] },
  );
  if (name === '')
    throw new Error('it takes a folder with photos: FOLDER/train/CLASS/FILE.jpg and FOLDER/val');
  const run = { date: new Date(), machine: await thisMachine(machine) };
  const work = [resolve(process.env['INIT_CWD'] ?? '', name), choices.antialias, `${counts.epochs}`];
  const measured = await inputContest(
    {
      ours: ourCommand('our-photos.ts', ...work, 'cache'),
      'without the cache': ourCommand('our-photos.ts', ...work),
    },
    counts.pairs,
  );
  const title = `Photos decoded once: random resized crop to 224${choices.antialias === 'yes' ? ', antialiased' : ''}, flip, normalise, batches of 64; medians of ${counts.pairs} pairs`;
  const found = rows(measured).map((row) => ({ antialias: choices.antialias, ...row }));
  await publish(run, { title, table: table(measured), rows: found }, 'photo-cache');
} catch (error) {
  console.error(`photo-cache: ${(error as Error).message}`);
  process.exitCode = 1;
}
