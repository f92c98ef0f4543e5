import type { RunDescription, Split } from '@paperlab/core';
import { randomUUID } from 'node:crypto';
import { runTag } from './begin-run.js';
import { idempotencyTag } from './creation.js';
import type { JournalRequest } from './journal.js';
import { maximumParamLength, maximumParams, maximumTagLength } from './spec.js';

/** MLflow's words for what a split is used for. */
const contexts = { train: 'training', valid: 'validation', test: 'testing' } as const;

/** Where the environment says that a run belongs, as it does to MLflow's Python client. */
export interface Place {
  readonly experimentName?: string | undefined;
  readonly experimentId?: string | undefined;
  /** A run that is on the server already. */
  readonly runId?: string | undefined;
}

/** The requests that open the record of a run: its experiment, itself, its params and its data. */
export function openingRequests(
  description: RunDescription,
  name: string,
  startTime: number,
  place: Place = {},
): JournalRequest[] {
  const requests = [...beginning(description, name, startTime, place)];
  // Params in batches of their own: MLflow refuses a batch as a whole.
  const params = pairs(description.params, maximumParamLength);
  for (let first = 0; first < params.length; first += maximumParams) {
    requests.push({
      endpoint: 'runs/log-batch',
      body: { params: params.slice(first, first + maximumParams) },
    });
  }
  const datasets = Object.entries(description.datasets).map(([use, split]) => ({
    tags: [{ key: 'mlflow.data.context', value: contexts[use as keyof typeof contexts] }],
    dataset: datasetOf(description, split),
  }));
  if (datasets.length > 0) requests.push({ endpoint: 'runs/log-inputs', body: { datasets } });
  return requests;
}

function* beginning(
  { experiment, tags, parent }: RunDescription,
  name: string,
  start_time: number,
  { experimentName, experimentId, runId }: Place,
): Generator<JournalRequest> {
  const part = parent === undefined ? {} : { parent };
  const ownTags: Record<string, string> = { ...tags, [runTag]: name };
  if (runId) {
    yield { endpoint: 'runs/get', body: { run_id: runId, ...part } };
    yield { endpoint: 'runs/update', body: { status: 'RUNNING' } };
    // It keeps its name.
    const { 'mlflow.runName': _, ...others } = ownTags;
    yield { endpoint: 'runs/log-batch', body: { tags: pairs(others, maximumTagLength) } };
    return;
  }
  if (!experimentName && experimentId)
    yield { endpoint: 'experiments/get', body: { experiment_id: experimentId } };
  else yield { endpoint: 'experiments/create', body: { name: experimentName || experiment.name } };
  const run_name = tags['mlflow.runName'] ?? name;
  const unique = { ...ownTags, [idempotencyTag]: randomUUID() };
  yield {
    endpoint: 'runs/create',
    body: { run_name, start_time, tags: pairs(unique, maximumTagLength), ...part },
  };
}

/** A split as MLflow's Python client describes NumPy arrays, so that `mlflow.data` reads it. */
function datasetOf({ experiment, tags }: RunDescription, split: Split) {
  const source = Object.entries(tags).filter(([key]) => key.startsWith('mlflow.source.'));
  const { shape, profile } = featuresOf(split);
  const features = { type: 'tensor', 'tensor-spec': { dtype: 'uint8', shape: [-1, ...shape] } };
  const targets = { type: 'tensor', 'tensor-spec': { dtype: 'int32', shape: [-1] } };
  const { labels } = split.source;
  return {
    name: experiment.dataset.name,
    digest: split.digest,
    // MLflow's word for data whose source is the program that made it.
    source_type: 'code',
    source: JSON.stringify({ tags: Object.fromEntries(source) }),
    schema: JSON.stringify({
      mlflow_tensorspec: { features: JSON.stringify([features]), targets: JSON.stringify([targets]) },
    }),
    profile: JSON.stringify({
      ...profile,
      targets_shape: [split.size],
      targets_size: labels.length,
      targets_nbytes: labels.byteLength,
      transforms: split.transforms,
      class_counts: classCounts(experiment.dataset.classNames, labels),
    }),
  };
}

/** Images of each class. */
function classCounts(classNames: readonly string[] = [], labels: Int32Array): Record<string, number> {
  const counts = new Uint32Array(classNames.length);
  for (const label of labels) counts[label]!++;
  return Object.fromEntries(classNames.map((name, label) => [name, counts[label]!]));
}

/** Images in files have no size in common, and none is known before they are decoded. */
function featuresOf({ size, source }: Split) {
  if (source.kind === 'files')
    return { shape: [-1, -1, source.channels], profile: { features_shape: [size, -1, -1, source.channels] } };
  const { shape, images } = source;
  const profile = {
    features_shape: [size, ...shape],
    features_size: images.length,
    features_nbytes: images.byteLength,
  };
  return { shape, profile };
}

function pairs(values: Readonly<Record<string, string>>, length: number) {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: value.length > length ? `${value.slice(0, length - 1)}…` : value,
  }));
}
