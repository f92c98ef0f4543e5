import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = '.paperlab/checkpoints';
const STUDIES = '.paperlab/studies';

/** A folder for a new run's checkpoints: `.paperlab/checkpoints/lenet5-mnist/20261124-093012-512`. Names sort by time. */
export const newCheckpointFolder = (experiment: string, time = new Date()): string =>
  folderOf(ROOT, experiment, time);

/** The same for a profile, which a run of few steps has too: `.paperlab/profiles/lenet5-mnist/20261124-093012-512`. */
export const newProfileFolder = (experiment: string, time = new Date()): string =>
  folderOf('.paperlab/profiles', experiment, time);

/** The same for a study: `.paperlab/studies/lenet5-studies/20261124-093012-512`. */
export const newStudyFolder = (study: string, time = new Date()): string => folderOf(STUDIES, study, time);

function folderOf(root: string, experiment: string, time: Date): string {
  const digits = time.toISOString().replace(/\D/g, '');
  return join(
    root,
    fileName(experiment),
    `${digits.slice(0, 8)}-${digits.slice(8, 14)}-${digits.slice(14, 17)}`,
  );
}

/** The folder of an experiment's last run, if there was one. */
export const lastCheckpointFolder = (experiment: string) => lastFolder(ROOT, experiment);

/** The folder of the last study of that name, if there was one. */
export const lastStudyFolder = (study: string) => lastFolder(STUDIES, study);

async function lastFolder(root: string, name: string): Promise<string | undefined> {
  const folder = join(root, fileName(name));
  const runs = await readdir(folder).catch(() => []);
  const last = runs.sort().at(-1);
  return last === undefined ? undefined : join(folder, last);
}

const fileName = (experiment: string) => experiment.replace(/[^\p{L}\p{N}_.-]+/gu, '-');
