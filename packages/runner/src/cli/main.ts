import { Command } from 'commander';
import { inspect } from 'node:util';
import { version } from '../version.js';
import { benchCommand } from './bench.js';
import { dataCommand } from './data.js';
import { evalCommand } from './eval.js';
import { exportCommand } from './export.js';
import { findLrCommand } from './find-lr.js';
import { importCommand } from './import.js';
import { launchCommand } from './launch.js';
import { predictCommand } from './predict.js';
import { devicesCommand } from './devices.js';
import { studyCommand } from './study.js';
import { studyVariantCommand } from './study-variant.js';
import { summaryCommand } from './summary.js';
import { syncCommand } from './sync.js';
import { trainCommand } from './train.js';
import { uiCommand } from './ui.js';
import { workerCommand } from './worker.js';

// Nobody reads on (`paperlab … | head`), or the disk is full: end as by SIGTERM, which a training run does cleanly.
for (const stream of [process.stdout, process.stderr]) {
  stream.once('error', ({ code }: NodeJS.ErrnoException) => {
    stream.on('error', () => {}); // every later line fails as well
    if (code !== 'EPIPE') console.error(`paperlab: the output cannot be written (${code})`);
    process.kill(process.pid, 'SIGTERM');
  });
}

// Commands import what they need when they run, so that help and mistakes answer at once.
const program = new Command('paperlab')
  .description('Trains the classic vision networks as their papers did.')
  .version(version)
  .configureOutput({
    outputError: (text, write) =>
      write(
        `paperlab: ${text
          .replace(/^error: /, '')
          .trim()
          .replaceAll('\n', ' ')}; see paperlab --help\n`,
      ),
  });
const commands = [
  trainCommand,
  studyCommand,
  workerCommand,
  launchCommand,
  evalCommand,
  predictCommand,
  findLrCommand,
  summaryCommand,
  dataCommand,
  importCommand,
  exportCommand,
  devicesCommand,
  benchCommand,
  syncCommand,
  uiCommand,
];
for (const command of commands) program.addCommand(command());
program.addCommand(studyVariantCommand(), { hidden: true });
program.commands.forEach((command) => command.copyInheritedSettings(program));

try {
  await program.parseAsync();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  console.error(process.env['PAPERLAB_DEBUG'] === '1' ? inspect(error) : `paperlab: ${message}`);
  process.exitCode ||= 1;
}
