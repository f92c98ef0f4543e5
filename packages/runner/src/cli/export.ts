import { Command, Option } from 'commander';
import type { ExportFormat } from '../export/export-checkpoint.js';

const FORMATS: readonly ExportFormat[] = ['saved-model', 'tfjs', 'safetensors'];

/** `paperlab export` */
export const exportCommand = () =>
  new Command('export')
    .description('Writes a trained model for other programs: Python, TensorFlow Serving, a browser.')
    .argument('<checkpoint>', "a checkpoint; or a run's or an experiment's folder, for the newest in it")
    .addOption(new Option('--to <format>', 'what to write').choices(FORMATS).makeOptionMandatory())
    .option('--output <folder>', 'where it goes. Default: FORMAT-… beside the checkpoint')
    .option('--json', 'one JSON object on standard output; everything else goes to standard error')
    .addHelpText(
      'after',
      `
The weights are those that the model is evaluated with: the averages, where training kept them. The model takes images as the network
takes them; how they are prepared, and what the classes are called, is written beside it.

  saved-model  a folder for tf.saved_model.load in Python, TensorFlow Serving and others: serving_default(images) gives logits
  tfjs         model.json and weights for tf.loadLayersModel in a browser
  safetensors  model.safetensors: all weights by name

Examples:
  paperlab export .paperlab/checkpoints/lenet5-mnist --to saved-model --output lenet5
  paperlab export .paperlab/imported/resnet50 --to tfjs --output public/resnet50`,
    )
    .action(run);

interface Options {
  readonly to: ExportFormat;
  readonly output?: string;
  readonly json?: boolean;
}

async function run(path: string, { to, output, json = false }: Options) {
  const [{ exportCheckpoint }, { enableProdMode }] = await Promise.all([
    import('../export/export-checkpoint.js'),
    import('@tensorflow/tfjs-core'),
  ]);
  enableProdMode(); // else tfjs prints an advertisement
  const report = (line: string) => console.error(line);
  const exported = await exportCheckpoint(path, { to, folder: output, report });
  if (json) {
    console.log(JSON.stringify(exported));
    return;
  }
  const { checkpoint, folder, files, bytes } = exported;
  const listed = files.length > 6 ? `${files.length} files` : files.join(', ');
  console.log(`${checkpoint} is in ${folder} (${(bytes / 1e6).toFixed(1)} MB): ${listed}`);
}
