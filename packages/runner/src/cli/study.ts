import { Command, Option } from 'commander';
import { lastStudyFolder, newStudyFolder } from './checkpoint-folder.js';
import { collectSet } from './collect-set.js';
import { interruption } from './interruption.js';
import { redisOption } from './redis-option.js';
import type { RedisWorkers, redisWorkers } from '../study/redis-workers.js';
import { StudyView } from './study-view.js';

/** `paperlab study` */
export const studyCommand = () =>
  new Command('study')
    .description('Trains the variants of a study, each as a run below one of the study, and compares them.')
    .argument('<file>', 'TypeScript or JavaScript file that exports a study')
    .addOption(
      new Option('--parallel <count>', 'trains so many variants at a time, each in a process of its own')
        .argParser(Number)
        .default(1)
        .conflicts('redis'),
    )
    .addOption(redisOption())
    .option('--variant <name...>', 'trains only these')
    .option(
      '--set <key=value>',
      'another value for all variants, as for paperlab train; may be repeated',
      collectSet,
    )
    .option(
      '--resume',
      'goes on with the last study of that name, if there is one: what is finished is not trained again',
    )
    .option(
      '--json',
      'one JSON object a line on standard output, the result last; everything else goes to standard error',
    )
    .addHelpText(
      'after',
      `
The study is kept in .paperlab/studies/NAME/TIME: the checkpoints of each variant in a folder of its name, the comparison in
comparison.csv, .json and .png. A variant that fails does not keep the others from being trained. Several at a time share the
cores, or have a GPU each. With --redis they are trained by paperlab worker, on any machines.

Examples:
  paperlab study experiments/lenet5-studies.ts
  paperlab study experiments/lenet5-studies.ts --parallel 2 --set epochs=3
  paperlab study experiments/lenet5-studies.ts --variant relu maxPool
  paperlab study experiments/lenet5-studies.ts --resume
  paperlab study experiments/lenet5-studies.ts --redis redis://10.0.0.1:6379
  paperlab eval .paperlab/studies/lenet5-studies/TIME/relu`,
    )
    .action(run);

interface Options {
  readonly parallel: number;
  readonly redis?: string;
  readonly variant?: readonly string[];
  readonly set?: Readonly<Record<string, string>>;
  readonly resume?: boolean;
  readonly json?: boolean;
}

async function run(
  file: string,
  { parallel, redis, variant, set, resume, json = false }: Options,
): Promise<void> {
  if (!Number.isInteger(parallel) || parallel < 1)
    throw new Error(`--parallel takes a whole number, 1 or more; it was given "${parallel}"`);
  const [
    { namedTrackers },
    { bestVariant, compare, comparisonTable },
    { loadStudy },
    { runStudy },
    processes,
  ] = await Promise.all([
    import('./named-trackers.js'),
    import('../study/comparison.js'),
    import('../study/load-study.js'),
    import('../study/run-study.js'),
    import('../study/variant-process.js'),
  ]);
  const study = await loadStudy(file, set);
  const folder = (resume && (await lastStudyFolder(study.name))) || newStudyFolder(study.name);
  const view = new StudyView(json ? process.stderr : process.stdout, Object.keys(study.variants));
  const print = (event: object) => json && process.stdout.write(`${JSON.stringify(event)}\n`);
  const interrupted = interruption((signal) =>
    view.line(`${signal}: ending the study after the steps in flight; once more to stop at once`),
  );
  const queue =
    redis === undefined
      ? undefined
      : await overRedis(redis, { file, set, folder }, Object.keys(study.variants).length, (line) =>
          view.line(line),
        );
  const command = [process.execPath, ...process.execArgv, process.argv[1]!, 'study-variant'];
  const { trackers, locations } = await namedTrackers(['mlflow'], (line) => view.line(line));
  let ending: object = { status: 'FINISHED' };
  try {
    const results = await runStudy(study, {
      folder,
      variants: variant,
      trackers,
      source: { file, set },
      workers:
        queue ??
        (parallel > 1 ? processes.variantProcesses(parallel, command, { file, set, folder }) : undefined),
      signal: interrupted.signal,
      report: (line, variant) => view.line(line, variant),
      onStep: (variant, progress) => interrupted.by || view.progress(variant, progress),
      onEpoch(variant, epoch) {
        view.epoch(variant, epoch, study.variants[variant]!.epochs);
        print({ event: 'epoch', variant, ...epoch });
      },
      onResult(result) {
        view.ended(result.variant);
        if (result.status === 'FAILED') view.line(`failed: ${result.reason}`, result.variant);
        print({ event: 'variant', ...compare(study, [result])[0] });
      },
    });
    view.end();
    view.line(`\n${comparisonTable(compare(study, results))}`);
    const best = bestVariant(study, results)?.variant;
    if (best !== undefined) view.line(`best by valid ${study.monitor}: ${best}`);
    ending = { ...ending, best, variants: compare(study, results) };
    const failed = results.filter(({ status }) => status === 'FAILED');
    if (failed.length > 0)
      throw new Error(
        `${failed.length} of ${results.length} variants failed: ${failed.map(({ variant }) => variant).join(', ')}; --resume trains them on`,
      );
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    ending = interrupted.by ? { status: 'KILLED' } : { ...ending, status: 'FAILED', error: message };
    if (!interrupted.by) throw error;
    process.exitCode = interrupted.exitCode;
    view.line(`the study was ended by ${interrupted.by} (KILLED); --resume goes on with it`);
  } finally {
    interrupted.dispose();
    await queue?.close();
    view.end();
    const [location] = locations();
    print({ event: 'result', study: study.name, ...ending, folder, ...(location && { run: location }) });
    if (location) view.line(`study: ${folder}\nrun: ${location}`);
  }
}

/** Those who train variants where a Redis gives them out. */
async function overRedis(url: string, ...rest: Rest<typeof redisWorkers>): Promise<RedisWorkers> {
  const [{ findRedis }, { redisWorkers }] = await Promise.all([
    import('../study/redis.js'),
    import('../study/redis-workers.js'),
  ]);
  return redisWorkers(await findRedis(url), ...rest);
}
type Rest<Function_> = Function_ extends (first: never, ...rest: infer Others) => unknown ? Others : never;
