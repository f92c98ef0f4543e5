import { type Experiment, type Study, withOverrides } from '@paperlab/core';
import { type Exports, importFile } from '../import-file.js';

/**
 * Imports the study that a TypeScript or JavaScript file exports, by default or under any name.
 * @param set other values for all its variants, as `withOverrides` takes them
 * @throws in one line, when there is no such file, it cannot be loaded, or it exports no study or several
 */
export async function loadStudy(file: string, set: Readonly<Record<string, string>> = {}): Promise<Study> {
  const exported = await importFile(file, 'a study');
  const [study, another] = studiesIn(exported);
  if (another) throw new Error(`${file} exports several studies; give each a file of its own`);
  if (study) return overridden(study, set);
  const names = Object.keys(exported).join(', ') || 'nothing';
  throw new Error(`${file} exports ${names}; it must export a study: export default study(base, { … })`);
}

/** The studies among what a file exports, each once. A CommonJS file's exports are those of `default`: see `loadExperiment`. */
export const studiesIn = (exported: Exports): Study[] => [
  ...new Set(
    [exported, Object(exported['default']) as Exports].flatMap(Object.values<unknown>).filter(isStudy),
  ),
];

function overridden(study: Study, set: Readonly<Record<string, string>>): Study {
  if (Object.keys(set).length === 0) return study;
  const changed = (experiment: Experiment) => withOverrides(experiment, set);
  const base = changed(study.base);
  const variants = Object.entries(study.variants).map(([name, variant]) => [name, changed(variant)]);
  return { ...study, name: base.name, base, variants: Object.fromEntries(variants) };
}

const isStudy = (value: unknown): value is Study =>
  typeof value === 'object' &&
  value !== null &&
  ['name', 'base', 'variants', 'values'].every((key) => key in value);
