import type { ModelArtifact } from '@paperlab/core';
import { randomUUID } from 'node:crypto';
import { type Content, filesIn } from './kept-files.js';
import { version } from './venv.js';

/** What Python needs to load a model with `mlflow.pyfunc`. */
const requirements = [`mlflow==${version}`, 'tensorflow==2.20.0'];
const python = '3.11';

type File = readonly [path: string, content: Content];

/**
 * The files of a model as MLflow stores one (https://mlflow.org/docs/latest/ml/model/, "MLflow Model"): `MLmodel`, which
 * says how to load it, `tfmodel/` and `tfjs/`. Python loads it with `mlflow.pyfunc.load_model`.
 */
export async function modelFiles(model: ModelArtifact): Promise<File[]> {
  const { savedModel, tfjs } = model.folders;
  const files: File[] = [];
  for (const [name, folder] of [['tfmodel', savedModel] as const, ['tfjs', tfjs] as const]) {
    if (folder === undefined) continue;
    for (const { path, file } of await filesIn(folder)) files.push([`${name}/${path}`, { file }]);
  }
  const example = model.inputExample && JSON.stringify(model.inputExample);
  const texts: Record<string, string> = {
    ...(savedModel !== undefined && environment()),
    ...(example !== undefined && {
      'input_example.json': example,
      'serving_input_example.json': JSON.stringify({ inputs: model.inputExample }),
    }),
    MLmodel: describeModel(model),
  };
  for (const [path, text] of Object.entries(texts)) files.push([path, Buffer.from(text)]);
  return files;
}

/** JSON is YAML too, and needs no rules for what must be quoted. */
const quoted = (value: unknown) => JSON.stringify(value);

function describeModel({ folders, step, inputs, outputs, classNames, inputExample }: ModelArtifact): string {
  const flavors: string[] = [];
  if (folders.savedModel !== undefined)
    flavors.push(
      '  tensorflow:',
      // The flavor of a SavedModel that has signatures and no Python objects.
      '    model_type: tf1-estimator',
      '    saved_model_dir: tfmodel',
      '    meta_graph_tags: [serve]',
      '    signature_def_key: serving_default',
      '  python_function:',
      '    loader_module: mlflow.tensorflow',
      '    env: { conda: conda.yaml, virtualenv: python_env.yaml }',
      `    python_version: ${quoted(python)}`,
    );
  if (folders.tfjs !== undefined) flavors.push('  tfjs:', '    model: tfjs/model.json');
  return `${[
    'flavors:',
    ...flavors,
    `metadata: ${quoted({ class_names: classNames, step })}`,
    `mlflow_version: ${version}`,
    `model_uuid: ${randomUUID().replaceAll('-', '')}`,
    ...(inputExample
      ? [
          'saved_input_example_info:',
          '  artifact_path: input_example.json',
          '  serving_input_path: serving_input_example.json',
          '  type: ndarray',
        ]
      : []),
    'signature:',
    `  inputs: ${quoted(tensorSpecs(inputs))}`,
    `  outputs: ${quoted(tensorSpecs(outputs))}`,
    '  params: null',
    `utc_time_created: '${new Date().toISOString().replace('T', ' ').replace('Z', '000')}'`,
  ].join('\n')}\n`;
}

/** MLflow keeps a signature as JSON text. */
function tensorSpecs(tensors: ModelArtifact['inputs']): string {
  const specs = Object.entries(tensors).map(([name, shape]) => ({
    name,
    type: 'tensor',
    'tensor-spec': { dtype: 'float32', shape },
  }));
  return JSON.stringify(specs);
}

/** By which `mlflow models serve` makes a Python that can run the model. */
function environment(): Record<string, string> {
  const pip = requirements.map((requirement) => `  - ${requirement}\n`).join('');
  return {
    'requirements.txt': `${requirements.join('\n')}\n`,
    'python_env.yaml': `python: "${python}"\nbuild_dependencies:\n- pip\ndependencies:\n- -r requirements.txt\n`,
    'conda.yaml': `name: mlflow-env\nchannels:\n- conda-forge\ndependencies:\n- python=${python}\n- pip\n- pip:\n${pip}`,
  };
}
