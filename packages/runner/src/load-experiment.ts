import type { Experiment, Study } from '@paperlab/core';
import { experimentFile } from './experiment-file.js';
import { type Exports, importFile } from './import-file.js';
import { studiesIn } from './study/load-study.js';

/**
 * Imports the experiment that a TypeScript or JavaScript file exports, as `experiment` or by default; of `FILE:NAME` the one of
 * that name among its `experiments`, or the variant of its study.
 * Throws, in one line, when there is no such file, when it cannot be loaded, or when it exports no such experiment.
 */
export async function loadExperiment(given: string): Promise<Experiment> {
  const { file, name } = experimentFile(given);
  const exported = await importFile(file, 'an experiment');
  // Without "type": "module" in its package.json, the file is CommonJS, and Node 20 shows what it exports as `default`.
  const modules = [exported, Object(exported['default']) as Exports];
  const studies = studiesIn(exported);
  if (name !== undefined) return experimentNamed(name, modules, studies, file);
  const experiment = modules
    .flatMap((module) => [module['experiment'], module['default']])
    .find(isExperiment);
  if (experiment) return experiment;
  if (studies.length > 0)
    throw new Error(
      `${file} exports a study; train it with paperlab study, or one variant of it as ${file}:NAME`,
    );
  const names = Object.keys(exported).join(', ') || 'nothing';
  throw new Error(
    `${file} exports ${names}; it must export an experiment: export const experiment = defineExperiment({ … })`,
  );
}

function experimentNamed(
  name: string,
  modules: readonly Exports[],
  studies: readonly Study[],
  file: string,
): Experiment {
  const experiments = [
    ...modules.map((module) => Object(module['experiments']) as Exports),
    ...studies.map(variantsByName),
  ];
  const experiment = experiments.map((named) => named[name]).find(isExperiment);
  if (experiment) return experiment;
  const names = experiments.flatMap((named) => Object.keys(named).filter((key) => isExperiment(named[key])));
  throw new Error(
    names.length > 0
      ? `${file} exports no experiment "${name}"; its experiments are ${[...new Set(names)].join(', ')}`
      : `${file} exports no experiments by name: export const experiments = { ${name}: defineExperiment({ … }) }`,
  );
}

/** By itself, a variant is not one of many runs of a name. */
const variantsByName = ({ name, variants }: Study): Exports =>
  Object.fromEntries(
    Object.entries(variants).map(([variant, experiment]) => [
      variant,
      { ...experiment, name: `${name}-${variant}` },
    ]),
  );

const isExperiment = (value: unknown): value is Experiment =>
  typeof value === 'object' &&
  value !== null &&
  ['model', 'dataset', 'optimizer', 'epochs'].every((key) => key in value);
