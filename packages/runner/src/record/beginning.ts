import { type RunDescription, summary, summaryTable } from '@paperlab/core';
import { type Part, picture } from './part.js';
import type { RecordedRun } from './run-record.js';

/** Images in the figure of augmented samples. */
const SAMPLES = 16;

/** What is recorded before the first step: what is trained, of which code, on which images. */
export function beginningOf(run: RecordedRun, figures: boolean): Part[] {
  const { training, engine, source, limits, description } = run;
  const file = (path: string, content: () => Promise<string> | string): Part => ({
    what: path,
    make: async () => [{ kind: 'file', path, content: await content() }],
  });
  return [
    file('experiment.json', async () =>
      (await import('./experiment-json.js')).experimentJson(description, source, limits),
    ),
    file('model_summary.txt', () => `${summaryTable(summary(training.model))}\n`),
    file('packages.json', async () => (await import('./packages.js')).packagesJson(engine, source?.file)),
    ...(figures && run.beginsAt === 0
      ? [picture('augmented samples', 0, () => samples(run, description))]
      : []),
  ];
}

async function samples({ training }: RecordedRun, { experiment, datasets }: RunDescription) {
  const { sampleGrid } = await import('../data/sample-grid.js');
  const batch = await training.firstImages('train', SAMPLES);
  const title = `${experiment.name}: the first images of the first epoch, as the network gets them`;
  return sampleGrid(batch, datasets.train!.transforms, experiment.dataset.classNames, title);
}
