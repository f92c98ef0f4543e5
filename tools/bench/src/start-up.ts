/**
 * How long a network takes from the start of the process to the end of its first training step, and how long its
 * summary takes: medians of several fresh processes.
 *
 *   npm run start-up -w tools/bench -- vgg16 [processes]
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { networkNamed } from './networks.js';

/** Seconds, for VGG16. */
const MOST = { step: 6, summary: 1 };
const program = fileURLToPath(new URL('./first-step.ts', import.meta.url));

try {
  const [name, processes = '5'] = process.argv.slice(2);
  networkNamed(name);
  for (const what of ['summary', 'step'] as const) {
    const seconds = Array.from({ length: Number(processes) }, () => timed(what, name!)).sort((a, b) => a - b);
    const median = seconds[Math.floor(seconds.length / 2)]!;
    console.log(
      `${name}, from process start to the end of the ${what === 'step' ? 'first step' : 'summary'}: ` +
        `median ${median.toFixed(2)} s of ${seconds.map((value) => value.toFixed(2)).join(', ')}`,
    );
    if (name === 'vgg16' && median > MOST[what]) process.exitCode = 1;
  }
} catch (error) {
  console.error(`start-up: ${(error as Error).message}`);
  process.exitCode = 1;
}

function timed(what: 'step' | 'summary', name: string): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, [...process.execArgv, program, what, name], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return (performance.now() - start) / 1000;
}
