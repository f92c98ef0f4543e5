import type { Experiment } from '@paperlab/core';
import { statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import 'tsx'; // from here on, TypeScript files can be imported
import { experimentFile } from './experiment-file.js';

/**
 * Imports the experiment that a TypeScript or JavaScript file exports, as `experiment` or by default; of `FILE:NAME` the one of
 * that name among its `experiments`.
 * Throws, in one line, when there is no such file, when it cannot be loaded, or when it exports no such experiment.
 */
export async function loadExperiment(given: string): Promise<Experiment> {
  const { file, name } = experimentFile(given);
  const path = resolve(file);
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new Error(`no such file: ${file}`);
  if (!found.isFile()) throw new Error(`${file} is a folder; name the file in it that exports an experiment`);
  const exported = await importFile(path, file);
  // Without "type": "module" in its package.json, the file is CommonJS, and Node 20 shows what it exports as `default`.
  const modules = [exported, Object(exported['default']) as Exports];
  if (name !== undefined) return experimentNamed(name, modules, file);
  const experiment = modules
    .flatMap((module) => [module['experiment'], module['default']])
    .find(isExperiment);
  if (experiment) return experiment;
  const names = Object.keys(exported).join(', ') || 'nothing';
  throw new Error(
    `${file} exports ${names}; it must export an experiment: export const experiment = defineExperiment({ … })`,
  );
}

function experimentNamed(name: string, modules: readonly Exports[], file: string): Experiment {
  const experiments = modules.map((module) => Object(module['experiments']) as Exports);
  const experiment = experiments.map((named) => named[name]).find(isExperiment);
  if (experiment) return experiment;
  const names = experiments.flatMap((named) => Object.keys(named).filter((key) => isExperiment(named[key])));
  throw new Error(
    names.length > 0
      ? `${file} exports no experiment "${name}"; its experiments are ${[...new Set(names)].join(', ')}`
      : `${file} exports no experiments by name: export const experiments = { ${name}: defineExperiment({ … }) }`,
  );
}

type Exports = Readonly<Record<string, unknown>>;

async function importFile(path: string, file: string): Promise<Exports> {
  try {
    return (await import(pathToFileURL(path).href)) as Exports;
  } catch (error) {
    throw new Error(explain(error, file), { cause: error });
  }
}

/** Why a file could not be imported, and where. */
function explain(error: unknown, file: string): string {
  if (!(error instanceof Error)) return `${file}: ${String(error)}`;
  // esbuild says where: "Transform failed with 1 error:\n/path/file.ts:3:5: ERROR: Expected …"
  const [, untransformed] = /^Transform failed[^\n]*\n([^\n]+)/.exec(error.message) ?? [];
  if (untransformed) return relative('', untransformed);
  const loading = 'code' in error || error instanceof SyntaxError;
  if (error.constructor === Error && !loading) return error.message; // on purpose, as by defineExperiment: it says all
  const place = loading ? file : (placeOf(error) ?? file);
  return `${place}: ${error.message.split('\n')[0]}`;
}

/** `file.ts:3:5`, the innermost line of the user's own code that an error came from. */
function placeOf({ stack = '' }: Error): string | undefined {
  const frames = stack.matchAll(/^ +at (?:.*\()?(?:file:\/\/)?(\/.+:\d+:\d+)\)?$/gm);
  const own = [...frames].find(([, place]) => !place!.includes('/node_modules/'));
  return own && relative('', own[1]!);
}

const isExperiment = (value: unknown): value is Experiment =>
  typeof value === 'object' &&
  value !== null &&
  ['model', 'dataset', 'optimizer', 'epochs'].every((key) => key in value);
