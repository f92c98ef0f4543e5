import { Command } from 'commander';
import { endWithParent } from './end-with-parent.js';
import { ABORT, type VariantMessage } from '../study/variant-process.js';

/** `paperlab study-variant`: what `paperlab study --parallel` starts. */
export const studyVariantCommand = () =>
  new Command('study-variant')
    .description('Trains one variant for the paperlab study that starts it.')
    .argument('<job>', 'a VariantJob, as JSON')
    .action(run);

async function run(text: string): Promise<void> {
  if (!process.send) throw new Error('study-variant is started by paperlab study --parallel');
  // The terminal sends Ctrl-C to all; the study says what becomes of its variants.
  process.on('SIGINT', () => undefined);
  endWithParent();
  const abort = new AbortController();
  process.on('message', (message) => message === ABORT && abort.abort());
  const say = (message: VariantMessage) => process.send!(message, undefined, undefined, () => undefined);
  const report = (line: string) => say({ report: line });
  try {
    const [{ mlflow }, { runVariantJob, variantJobSchema }] = await Promise.all([
      import('@paperlab/mlflow'),
      import('../study/variant-job.js'),
    ]);
    const result = await runVariantJob(variantJobSchema.parse(JSON.parse(text)), {
      trackers: [mlflow({ report })],
      signal: abort.signal,
      report,
      onEpoch: (epoch) => say({ epoch }),
      onStep: (step) => say({ step }),
    });
    say({ result });
  } catch (error) {
    say({ error: error instanceof Error ? error.message : String(error) });
  } finally {
    process.channel?.unref(); // what was said is delivered; then nothing is left to do
  }
}
