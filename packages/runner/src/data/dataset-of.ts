import type { Dataset } from '@paperlab/core';
import { loadExperiment } from '../load-experiment.js';
import { pluginByName } from '../plugins-by-name.js';

/** Whether a word of a command line is a file that exports an experiment, and no name. */
const isExperimentFile = (given: string): boolean => /\.[cm]?[jt]sx?(:[^:/\\]+)?$/.test(given);

/**
 * The dataset of an experiment in a file (`FILE`, `FILE:NAME`), or one by its name.
 * @param options of a dataset by name
 * @throws in one line, if there is none, or an option is wrong
 */
export async function datasetOf(given: string, options: Readonly<Record<string, unknown>>): Promise<Dataset> {
  if (!isExperimentFile(given)) return (await pluginByName('dataset', given)).make(options);
  const [key] = Object.keys(options);
  if (key !== undefined)
    throw new Error(`--dataset.${key} is an option of a dataset by name; ${given} says its dataset's own`);
  return (await loadExperiment(given)).dataset;
}
