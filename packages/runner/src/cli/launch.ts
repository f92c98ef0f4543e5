import { Command } from 'commander';

/** `paperlab launch` */
export const launchCommand = () =>
  new Command('launch')
    .description(
      'Trains an experiment with several workers (processes) on this machine, which share each batch.',
    )
    .requiredOption(
      '--workers <count>',
      'how many, each with its share of the GPUs or cores',
      count('--workers', 1),
    )
    .option(
      '--max-restarts <count>',
      'starts the run again from its last checkpoint when a worker was lost, at most so often',
      count('--max-restarts', 0),
      3,
    )
    .option('--elastic', 'starts it again without the workers that were lost')
    .argument('<train...>', 'what `paperlab train` takes: an experiment file, and options')
    .allowUnknownOption()
    .addHelpText(
      'after',
      `
The first worker is the chief, which prints, records and writes checkpoints. The run learns what one process does with the same
batch size. On several machines, start \`paperlab train\` on each with TF_CONFIG set: see docs/guide/machines.md.

Examples:
  paperlab launch --workers 2 experiments/lenet5-mnist.ts
  paperlab launch --workers 4 --elastic experiments/resnet50-imagenet.ts --set epochs=3 --json`,
    )
    .action(run);

interface Options {
  readonly workers: number;
  readonly maxRestarts: number;
  readonly elastic?: boolean;
}

async function run(given: readonly string[], options: Options): Promise<void> {
  const { launch } = await import('../launch/launch.js');
  const { workers, maxRestarts, elastic = false } = options;
  const program = [process.execPath, ...process.execArgv, process.argv[1]!, 'train', ...given];
  process.exitCode = await launch({
    workers,
    maxRestarts,
    elastic,
    command: (checkpoints) =>
      checkpoints === undefined ? program : [...program, '--checkpoints', checkpoints, '--resume'],
    report: (line) => console.error(line),
    onSignal: (listener) => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, listener);
    },
  });
}

function count(option: string, least: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (Number.isInteger(number) && number >= least) return number;
    throw new Error(`${option} takes a whole number, ${least} or more; it was given "${text}"`);
  };
}
