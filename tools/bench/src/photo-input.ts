/**
 * What it costs to prepare photos for ImageNet's networks: decode, random resized crop to 224, flip, normalise, batches of 64, in a
 * new order each epoch. Ours beside torchvision's, in turn: images per second of CPU time, of which ours must be at least 1.2 times as
 * many as with any number of its workers, and antialiased 0.8 times.
 *
 *   npm run photo-input -w tools/bench -- FOLDER [--antialias yes] [--pairs 5] [--epochs 1] [--machine NAME]
 *
 * FOLDER is as ImageNet is: `FOLDER/train/CLASS/FILE.jpg`, and `val` beside `train`, which is not looked at.
 */
import { resolve } from 'node:path';
import { commandLine } from './command-line.js';
import { type Command, ourCommand, peerCommand } from './commands.js';
import { inputContest, rows, table, toFastest } from './input-report.js';
import { thisMachine } from './machine.js';
import { publish } from './results.js';

const PEER = 'photo_input_torchvision.py';
const WORKERS = [0, 1, 2];
/** At least, of the images a CPU second of torchvision's fastest. */
const leastRatio = { no: 1.2, yes: 0.8 } as const;

try {
  const { name, counts, choices, machine } = commandLine(
    process.argv.slice(2),
    { pairs: 5, epochs: 1 },
    { antialias: ['no', 'yes'] },
  );
  if (name === '')
    throw new Error('it takes a folder with photos: FOLDER/train/CLASS/FILE.jpg and FOLDER/val');
  await measure(resolve(process.env['INIT_CWD'] ?? '', name), choices.antialias, counts, machine);
} catch (error) {
  console.error(`photo-input: ${(error as Error).message}`);
  process.exitCode = 1;
}

async function measure(
  folder: string,
  antialias: keyof typeof leastRatio,
  { pairs, epochs }: { readonly pairs: number; readonly epochs: number },
  machine: string | undefined,
): Promise<void> {
  const run = { date: new Date(), machine: await thisMachine(machine) };
  const work = [folder, antialias, `${epochs}`];
  const programs: Record<string, Command> = { ours: ourCommand('our-photos.ts', ...work) };
  for (const workers of WORKERS) {
    const command = await peerCommand('pytorch', PEER, [...work, `${workers}`], console.error);
    programs[`torchvision num_workers=${workers}`] = command;
  }
  const measured = await inputContest(programs, pairs);
  const title = `Photos: random resized crop to 224${antialias === 'yes' ? ', antialiased' : ''}, flip, normalise, batches of 64; medians of ${pairs} pairs`;
  const found = rows(measured).map((row) => ({ antialias, ...row }));
  await publish(run, { title, table: table(measured), rows: found }, 'photo-input');
  const ratio = toFastest(measured);
  const least = leastRatio[antialias];
  if (ratio < least)
    throw new Error(`ours prepares ${ratio.toFixed(2)} times as many images a CPU second, not ${least}`);
}
