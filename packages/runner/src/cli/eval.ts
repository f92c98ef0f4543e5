import type { EvaluationResult, SplitName, TestProtocol } from '@paperlab/core';
import { Command, Option } from 'commander';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Mistakes in the gallery. */
const SHOWN = 64;

/** `paperlab eval` */
export const evalCommand = () =>
  new Command('eval')
    .description('Evaluates a trained model: loss, top-1, top-5, every class, calibration, and its mistakes.')
    .argument('<checkpoint>', "a checkpoint; or a run's or an experiment's folder, for the newest in it")
    .addOption(
      new Option('--split <split>', 'the images to evaluate on')
        .choices(['test', 'valid', 'train'])
        .default('test'),
    )
    .option('--experiment <file>', 'the experiment file, for its data. Default: the one that was trained')
    .option('--output <folder>', 'where the figures go. Default: evaluation-… beside the checkpoint')
    .option('--json', 'one JSON object on standard output; everything else goes to standard error')
    .addHelpText(
      'after',
      `
Writes evaluation.json, confusion.png, mistakes.png (the worst ${SHOWN}) and, of the training, curves.png.

Examples:
  paperlab eval .paperlab/checkpoints/lenet5-mnist
  paperlab eval .paperlab/checkpoints/lenet5-mnist/20261124-093012-512/step-00037500 --split valid`,
    )
    .action(run);

interface Options {
  readonly split: SplitName;
  readonly experiment?: string;
  readonly output?: string;
  readonly json?: boolean;
}

async function run(given: string, { split: name, experiment: file, output, json = false }: Options) {
  const [{ tensorflow }, loading, { checkpointExperiment }, { evaluate }, { threadsFor }] = await Promise.all(
    [
      import('@paperlab/engine'),
      import('../load-checkpoint.js'),
      import('./checkpoint-experiment.js'),
      import('../evaluate.js'),
      import('../threads.js'),
    ],
  );
  const say = (line: string) => (json ? console.error(line) : console.log(line));
  const { path, checkpoint } = await loading.findCheckpoint(given, say);
  const { state } = checkpoint;
  const experiment = await checkpointExperiment(state, path, file);
  const { dataset, model, placement, precision, testProtocol } = experiment;
  const engine = await tensorflow({ report: say, ...threadsFor(experiment) });
  try {
    const split = await dataset.open(name, { report: say });
    const device = placement.devices(await engine.devices())[0]!;
    const network = await loading.modelOf(checkpoint);
    const result = await evaluate(network, split, {
      engine,
      device,
      precision,
      loss: model.loss,
      classes: model.classes,
      testProtocol,
    });
    const protocol = testProtocol && { name: testProtocol.name, ...testProtocol.config };
    const folder = output ?? join(dirname(path), `evaluation-${basename(path)}-${name}`);
    const files = await writeFigures(folder, result, split.source, state);
    if (json) {
      const what = { checkpoint: path, split: name, images: split.size, testProtocol: protocol };
      console.log(JSON.stringify({ ...what, ...result, folder }));
      return;
    }
    say(
      `${path}\n${name} split of ${dataset.name}: ${split.size.toLocaleString('en')} images${viewsText(testProtocol)}\n`,
    );
    say(table(result, dataset.classNames));
    say(`\n${result.mistakes.length} mistakes. Written to ${folder}: ${files.join(', ')}`);
  } finally {
    await engine.dispose();
  }
}

function viewsText(protocol: TestProtocol | undefined): string {
  if (!protocol) return '';
  const views = 'views' in protocol ? protocol.views.length : 2 * protocol.shortSides.length;
  return `, ${views} view${views === 1 ? '' : 's'} of each (${protocol.name})`;
}

async function writeFigures(
  folder: string,
  result: EvaluationResult,
  source: Parameters<typeof import('../figures/mistakes-gallery.js').mistakesGallery>[1],
  { name, step, history, input: { classNames } }: import('../checkpoint/checkpoint.js').CheckpointState,
): Promise<string[]> {
  const [{ confusionMatrix }, { mistakesGallery }, { learningCurves }] = await Promise.all([
    import('../figures/confusion-matrix.js'),
    import('../figures/mistakes-gallery.js'),
    import('../figures/curves.js'),
  ]);
  const worst = result.mistakes.slice(0, SHOWN);
  const title = `${name}, step ${step}: the ${worst.length} worst of ${result.mistakes.length} mistakes (label, and what it was taken for)`;
  const files: Record<string, string | Buffer> = {
    'evaluation.json': JSON.stringify(result, null, 2),
    'confusion.png': await confusionMatrix(result.confusion, classNames),
    ...(worst.length > 0 && { 'mistakes.png': await mistakesGallery(worst, source, classNames, title) }),
    ...(history.length > 0 && { 'curves.png': await learningCurves(history, name) }),
  };
  await mkdir(folder, { recursive: true });
  for (const [file, content] of Object.entries(files)) await writeFile(join(folder, file), content);
  return Object.keys(files);
}

function table(
  { loss, top1, top5, calibrationError, confusion, classAccuracy }: EvaluationResult,
  classNames: readonly string[],
): string {
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const width = Math.max(5, ...classNames.map((name) => name.length));
  const rows = classNames.map((name, i) => {
    const images = confusion[i]!.reduce((sum, count) => sum + count, 0);
    const accuracy = images === 0 ? '-' : percent(classAccuracy[i]!);
    return `${name.padEnd(width)}  ${String(images).padStart(6)}  ${accuracy.padStart(8)}`;
  });
  return [
    `loss ${loss.toFixed(4)}  top-1 ${percent(top1)}  top-5 ${percent(top5)}  calibration error ${percent(calibrationError)}`,
    '',
    `${'class'.padEnd(width)}  images     top-1`,
    ...rows,
  ].join('\n');
}
