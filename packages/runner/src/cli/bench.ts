import { Command } from 'commander';
import type { Scale } from '../scale/measure-scale.js';

/** `paperlab bench` */
export const benchCommand = () =>
  new Command('bench').description('Measures this machine.').addCommand(scaleCommand());

const scaleCommand = () =>
  new Command('scale')
    .description("Measures an experiment's steps on one device and on several, and predicts more.")
    .argument('<file>', 'TypeScript or JavaScript file that exports an experiment, or FILE:NAME')
    .option('--devices <count>', 'how many. Default: all GPUs, or two logical CPU devices', Number)
    .option('--steps <count>', 'steps that are measured in a round', Number, 5)
    .option('--rounds <count>', 'rounds of each, in turn; medians count', Number, 3)
    .option('--link <GB/s>', 'predicts steps over a link of this speed, each way, as it was measured', Number)
    .option('--predict <counts>', 'numbers of devices that are predicted', '2,4,8,16')
    .option('--json', 'as one JSON object')
    .addHelpText(
      'after',
      `
Each GPU has the experiment's batch. Logical CPU devices share the cores, and one batch: what they lose is what placement costs.
The formula of the prediction, and how near it comes to published figures: docs/guide/devices.md.

Example:
  paperlab bench scale experiments/resnet50-imagenet.ts --devices 4 --link 10 --predict 8,16,64`,
    )
    .action(run);

interface Options {
  readonly devices?: number;
  readonly steps: number;
  readonly rounds: number;
  readonly link?: number;
  readonly predict: string;
  readonly json?: boolean;
}

async function run(file: string, { devices, steps, rounds, link, predict, json }: Options): Promise<void> {
  const [{ loadExperiment }, { measureScale }] = await Promise.all([
    import('../load-experiment.js'),
    import('../scale/measure-scale.js'),
  ]);
  const experiment = await loadExperiment(file);
  const scale = await measureScale(experiment, {
    devices,
    steps,
    rounds,
    bandwidth: link === undefined ? undefined : link * 1e9,
    predicted: predict.split(',').map(Number),
    report: (line) => console.error(line),
  });
  console.log(json ? JSON.stringify({ experiment: experiment.name, ...scale }) : scaleTable(scale, link));
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** What was measured, and what is predicted, as text. */
function scaleTable({ one, many, shared, predictions }: Scale, link: number | undefined): string {
  const row = (...cells: readonly string[]) => cells.map((cell) => cell.padStart(12)).join('');
  const line = (found: {
    readonly devices: number;
    readonly stepTime: number;
    readonly imagesPerSecond: number;
    readonly efficiency: number;
    readonly reductionShare: number;
  }) =>
    row(
      `${found.devices}`,
      found.stepTime.toFixed(3),
      found.imagesPerSecond.toFixed(1),
      percent(found.efficiency),
      percent(found.reductionShare),
    );
  return [
    row('devices', 's a step', 'images/s', 'efficiency', 'reduction'),
    ...[one, many].map(line),
    ...(shared ? ['The devices are logical ones that share the cores, and one batch.'] : []),
    ...(predictions.length > 0 ? [`Predicted, over a link of ${link} GB/s:`, ...predictions.map(line)] : []),
  ].join('\n');
}
