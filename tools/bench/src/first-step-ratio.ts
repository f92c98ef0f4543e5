/**
 * From the start of a process to the end of a network's first training step: ours, as built JavaScript, beside Keras, in
 * turn. For ResNet-50 at most 0.8 of its time. Adds the times to `results/<machine>-<date>-first-step.csv`.
 *
 *   npm run build
 *   npm run first-step -w tools/bench -- resnet50 [--pairs 5] [--machine NAME]
 */
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Command, peerCommand } from './commands.js';
import { commandLine } from './command-line.js';
import { thisMachine } from './machine.js';
import { markdown } from './markdown.js';
import { peerEnvironment } from './peers.js';
import { publish } from './results.js';
import { median, span } from './statistics.js';
import { workOf } from './step-work.js';

/** Of our time to Keras', by network. */
const MOST: Readonly<Record<string, number>> = { resnet50: 0.8 };
const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

try {
  const { name, counts, machine } = commandLine(process.argv.slice(2), { pairs: 5 });
  await measure(name, counts.pairs, machine);
} catch (error) {
  console.error(`first-step: ${(error as Error).message}`);
  process.exitCode = 1;
}

async function measure(name: string, pairs: number, machine: string | undefined): Promise<void> {
  const work = JSON.stringify(workOf(name, 'float32', undefined, 1));
  const commands = {
    ours: await ourProgram(name),
    keras: await peerCommand('keras', 'first_step_keras.py', [work], console.error),
  };
  const run = { date: new Date(), machine: await thisMachine(machine) };
  // Both once, so that the libraries' files are in memory.
  for (const [contender, command] of Object.entries(commands)) await seconds(contender, command);
  const times = { ours: [] as number[], keras: [] as number[] };
  for (let pair = 1; pair <= pairs; pair++) {
    for (const contender of ['ours', 'keras'] as const) {
      const took = await seconds(contender, commands[contender]);
      times[contender].push(took);
      console.error(`pair ${pair}  ${contender.padEnd(5)} ${took.toFixed(2)} s`);
    }
  }
  const ratios = times.ours.map((value, i) => value / times.keras[i]!);
  const table = markdown([
    ['', 's', 'ours / it', 'of the pairs'],
    ['ours', median(times.ours).toFixed(2), '', ''],
    ['keras', median(times.keras).toFixed(2), median(ratios).toFixed(3), span(ratios, 3)],
  ]);
  const rows = ratios.map((ratio, i) => ({
    network: name,
    pair: i + 1,
    our_seconds: times.ours[i]!.toFixed(4),
    keras_seconds: times.keras[i]!.toFixed(4),
    ratio: ratio.toFixed(4),
  }));
  const title = `From the start of the process to the end of the first step of ${name}; medians of ${pairs} pairs`;
  await publish(run, { title, table, rows }, 'first-step');
  const most = MOST[name] ?? Infinity;
  if (median(ratios) > most)
    throw new Error(`${name}: our time is ${median(ratios).toFixed(3)} of Keras', not at most ${most}`);
}

/** `first-step.ts` as JavaScript beside packages that are built, as users have them: nothing is compiled in the run. */
async function ourProgram(name: string): Promise<Command> {
  if (!existsSync(at('../../../packages/engine/dist/index.js')))
    throw new Error('the packages are not built; run "npm run build" first');
  const outfile = at('../dist/first-step.js');
  await build({
    entryPoints: [at('./first-step.ts')],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  });
  return [process.execPath, outfile, 'step', name];
}

/** What a program takes, from its start to the word that it writes after the step. */
async function seconds(contender: string, [command, ...args]: Command): Promise<number> {
  const env = { ...peerEnvironment(), NODE_OPTIONS: '', TF_CPP_MIN_LOG_LEVEL: '2' };
  const start = performance.now();
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
  let done: number | undefined;
  let complaint = '';
  child.stdout.once('data', () => (done = performance.now()));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const [status] = (await once(child, 'close')) as [number | null];
  if (status === 0 && done !== undefined) return (done - start) / 1000;
  throw new Error(`${contender} failed: ${complaint.trim().split('\n').at(-1)}`);
}
