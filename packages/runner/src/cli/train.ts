import { Option } from 'commander';
import type { Engine, EpochResult, RunStatus } from '@paperlab/core';
import { collectSet } from './collect-set.js';
import { lastCheckpointFolder, newCheckpointFolder, newProfileFolder } from './checkpoint-folder.js';
import type { Limits } from '../limits.js';
import type { RecordOptions } from '../record/run-record.js';
import type { ProfileSummary } from '../profile/summary.js';
import { secondsIn } from './duration.js';
import { BY_DEFAULT, RECORDED, recordedIn } from './recorded.js';
import { endWithParent } from './end-with-parent.js';
import { interruption } from './interruption.js';
import { PEER_LOST } from '../launch/worker-process.js';
import { CommandWithPlugins } from './plugin-options.js';
import { TrainingView } from './training-view.js';

/** `paperlab train` */
export const trainCommand = () =>
  new CommandWithPlugins('train')
    .description('Trains an experiment and records the run.')
    .argument(
      '[file]',
      'TypeScript or JavaScript file that exports an experiment; FILE:NAME for one of its `experiments`',
    )
    .option('--model <name>', "a model by name, in place of the file's; its options: --model.classes 10")
    .option('--dataset <name>', 'the same for the dataset')
    .option('--optimizer <name>', 'the same for the optimizer')
    .option('--recipe <name>', "a recipe of the model's package. Default: without a file, the model's own")
    .option(
      '--set <key=value>',
      'another value for the name, a number or a switch of the experiment (epochs, clipNorm, norms, …); may be repeated',
      collectSet,
    )
    .option(
      '--resume',
      "goes on from the newest whole checkpoint of the experiment's last run, if there is one",
    )
    .option(
      '--checkpoints <folder>',
      "where checkpoints are written, and with --resume read. Default: a new folder in .paperlab, or the last run's",
    )
    .option(
      '--tracker <name>',
      'where the run is recorded: mlflow, tensorboard, csv, or a package that brings a tracker; may be repeated (default: mlflow)',
      (name: string, sofar: readonly string[] = []) => [...sofar, name],
    )
    .addOption(
      new Option(
        '--engine <engine>',
        "TensorFlow's runtime, or plain tfjs in JavaScript, which is slow and needs no download",
      )
        .choices(['tensorflow', 'tfjs'])
        .default('tensorflow'),
    )
    .option('--max-steps <count>', 'ends the run after so many optimizer steps', Number)
    .option('--max-time <time>', 'ends the run after so much time: 90s, 15m, 1.5h', secondsIn)
    .option('--limit-train-batches <count>', 'an epoch has at most so many batches', Number)
    .option('--limit-valid-batches <count>', 'a validation has at most so many batches', Number)
    .option(
      '--overfit-batches <count>',
      'trains on the first so many batches only, and validates on them',
      Number,
    )
    .option(
      '--fast-dev-run [batches]',
      'runs one batch, or so many, of training and of validation, and records nothing: shows whether it all fits together',
      (text) => Number(text),
    )
    .option(
      '--record <parts>',
      `what is recorded beside numbers, of ${RECORDED.join(', ')}; or none. Default: ${BY_DEFAULT.join(',')}`,
      recordedIn,
    )
    .option(
      '--profile [steps]',
      'profiles 5 steps, or so many, once the run has warmed up: a Chrome trace, and a table of the costliest ops',
      (text) => Number(text),
    )
    .option(
      '--json',
      'one JSON object a line on standard output, the result last; everything else goes to standard error',
    )
    .addHelpText(
      'after',
      `
The run is recorded in .paperlab, and sent to an MLflow server if MLFLOW_TRACKING_URI names one. After each epoch, and when the
run is interrupted, a checkpoint is written there; a resumed run ends with the bits of one that was never stopped.

Examples:
  paperlab train experiments/lenet5-mnist.ts
  paperlab train experiments/lenet5-mnist.ts --set epochs=3 --set seed=7
  paperlab train experiments/lenet5-mnist.ts --resume
  paperlab train experiments/lenet5-studies.ts:relu
  paperlab train experiments/lenet5-mnist.ts --tracker mlflow --tracker tensorboard
  paperlab train experiments/lenet5-mnist.ts --profile 10 --max-steps 100
  paperlab train --model resnet50:cifar-resnet --dataset cifar10 --optimizer adam --optimizer.learningRate 1e-3`,
    )
    .action(run);

interface Options extends Limits {
  readonly model?: string;
  readonly dataset?: string;
  readonly optimizer?: string;
  readonly recipe?: string;
  readonly set?: Readonly<Record<string, string>>;
  readonly json?: boolean;
  readonly tracker?: readonly string[];
  readonly resume?: boolean;
  readonly checkpoints?: string;
  readonly record?: RecordOptions;
  readonly profile?: number | true;
  readonly engine: 'tensorflow' | 'tfjs';
}

async function run(
  file: string | undefined,
  {
    model,
    dataset,
    optimizer,
    recipe,
    set,
    json = false,
    tracker = ['mlflow'],
    resume = false,
    checkpoints: chosen,
    record,
    profile,
    engine,
    ...limits
  }: Options,
  command: CommandWithPlugins,
): Promise<void> {
  const source = { file, ...command.plugins({ model, dataset, optimizer }), recipe, set };
  const [
    { namedTrackers },
    { composeExperiment },
    { profileTable, SHOWN },
    { clusterFrom, isChief },
    { train },
  ] = await Promise.all([
    import('./named-trackers.js'),
    import('../compose-experiment.js'),
    import('../profile/table.js'),
    import('../tf-config.js'),
    import('../train.js'),
  ]);
  endWithParent(); // if this is a worker of `paperlab launch`
  const chief = isChief(clusterFrom());
  const experiment = await composeExperiment(source);
  const checkpoints =
    chosen ??
    ((resume && (await lastCheckpointFolder(experiment.name))) || newCheckpointFolder(experiment.name));
  if (chief) process.send?.({ checkpoints });
  const view = new TrainingView(json && chief ? process.stderr : process.stdout);
  const print = (event: object) => json && chief && process.stdout.write(`${JSON.stringify(event)}\n`);
  const report = (line: string) => view.line(line);
  const { trackers, locations } = await namedTrackers(tracker, report);
  const interrupted = interruption((signal) =>
    report(`${signal}: ending the run after this step; once more to stop at once`),
  );
  const profileFolder = newProfileFolder(experiment.name);
  const onProfile = (summary: ProfileSummary) => {
    report(
      `${profileTable(summary)}\n\nprofile: ${profileFolder} (profile.json opens in ui.perfetto.dev and chrome://tracing)`,
    );
    print({ event: 'profile', folder: profileFolder, ...summary, ops: summary.ops.slice(0, SHOWN) });
  };
  let last: EpochResult | undefined;
  let ending: { status: RunStatus; error?: string } = { status: 'FINISHED' };
  try {
    for await (const epoch of train(experiment, {
      trackers,
      source,
      checkpoints,
      resume,
      record,
      limits,
      profile:
        profile === undefined
          ? undefined
          : { steps: profile === true ? undefined : profile, folder: profileFolder, onProfile },
      engine: engine === 'tfjs' ? await plainTfjs() : undefined,
      signal: interrupted.signal,
      report,
      onStep: chief ? (progress) => interrupted.by || view.progress(progress) : undefined,
    })) {
      last = epoch;
      if (chief) view.epoch(epoch, limits.fastDevRun ? 1 : experiment.epochs);
      print({ event: 'epoch', ...epoch });
    }
  } catch (error) {
    const { name } = Object(error) as Partial<Error>;
    if (!interrupted.by && name !== 'Interrupted') {
      if (name === 'ClusterError') process.exitCode = PEER_LOST;
      ending = { status: 'FAILED', error: error instanceof Error ? error.message : String(error) };
      throw error;
    }
    ending = { status: 'KILLED' };
    process.exitCode = interrupted.exitCode || INTERRUPTED;
    report(
      interrupted.by
        ? `the run was ended by ${interrupted.by} (KILLED)`
        : `the run was ended: ${(error as Error).message} (KILLED)`,
    );
  } finally {
    interrupted.dispose();
    view.end();
    const [location] = locations();
    print({
      event: 'result',
      ...ending,
      experiment: experiment.name,
      ...last,
      ...(location && { run: location }),
    });
    for (const recorded of locations()) report(`run: ${recorded}`);
    if (location && tracker[0] === 'mlflow' && !/^https?:/.test(location))
      report('look at it in MLflow: npx paperlab ui');
  }
}

/** The exit code of a worker that ends because another was told to: as by SIGTERM. */
const INTERRUPTED = 143;

async function plainTfjs(): Promise<Engine> {
  const [{ eager }, { enableProdMode }] = await Promise.all([
    import('@paperlab/core'),
    import('@tensorflow/tfjs-core'),
    import('@tensorflow/tfjs-backend-cpu'),
  ]);
  enableProdMode(); // else it prints an advertisement
  return eager({ backend: 'cpu' });
}
