import { Command } from 'commander';
import { interruption } from './interruption.js';
import { REDIS, redisOption } from './redis-option.js';
import { StudyView } from './study-view.js';

/** `paperlab worker` */
export const workerCommand = () =>
  new Command('worker')
    .description('Trains variants of studies that paperlab study --redis gives out, one after the other.')
    .addOption(redisOption().default(REDIS))
    .addHelpText(
      'after',
      `
Workers may be on any machines that see the study's file and .paperlab/studies under the same paths. When one is killed, another
goes on from the last checkpoint of its variant. Ctrl-C ends the training after its step, and gives the variant back.

Example:
  paperlab worker --redis redis://10.0.0.1:6379`,
    )
    .action(run);

async function run({ redis: url }: { redis: string }): Promise<void> {
  const [{ mlflow }, { findRedis }, { workForRedis }] = await Promise.all([
    import('@paperlab/mlflow'),
    import('../study/redis.js'),
    import('../study/redis-worker.js'),
  ]);
  const redis = await findRedis(url);
  const view = new StudyView(process.stdout, []);
  const interrupted = interruption((signal) =>
    view.line(`${signal}: ending after the step in flight; once more to stop at once`),
  );
  const report = (line: string, variant?: string) => view.line(line, variant);
  view.line(`waiting for variants at ${redis.name}`);
  try {
    await workForRedis(redis, {
      trackers: [mlflow({ report })],
      signal: interrupted.signal,
      report,
      onEpoch: (variant, epoch, epochs) => view.epoch(variant, epoch, epochs),
      onStep: (variant, progress) => view.progress(variant, progress),
    });
  } finally {
    interrupted.dispose();
    view.end();
  }
  process.exit(interrupted.exitCode); // a Redis that is away would keep it
}
