import { z } from 'zod';
import { experimentBody } from './experiments.js';
import {
  files,
  gone,
  present,
  id,
  key,
  lifecycleStage,
  nextPage,
  nothing,
  page,
  param,
  query,
  stored,
  storedMetric,
  tag,
  text,
  timestamp,
  viewType,
  type Endpoint,
} from './fields.js';

/** Limits of one `runs/log-batch`. */
export const maximumMetrics = 1000;
export const maximumParams = 100;

export const metricSchema = z.strictObject({
  key,
  /** JSON has no non-finite numbers: they go as strings. */
  value: z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]),
  /** Milliseconds since 1970. Set it when the value is made: a point sent again is the same point only if it is equal. */
  timestamp,
  step: z.int(),
  /** The logged model that the value is of, and the data that it was measured on. */
  model_id: id.optional(),
  dataset_name: text.min(1).max(500).optional(),
  dataset_digest: text.min(1).max(36).optional(),
});

const runStatus = z.enum(['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED']);
const dataset = z.strictObject({
  name: text.min(1).max(500),
  /** A sha256 in hex does not fit. */
  digest: text.min(1).max(36),
  source_type: text.min(1),
  /** JSON text, as are `schema` and `profile`. */
  source: text.max(65_535),
  schema: text.max(1_048_575).optional(),
  profile: text.max(16_777_215).optional(),
});
const inputTag = z.strictObject({ key: text.min(1).max(255), value: text.max(500) });

/** Bodies of the requests that write a run, without the ids that the server gives: what a journal holds. */
export const bodies = {
  experiment: experimentBody,
  run: z.strictObject({
    run_name: text.min(1),
    start_time: timestamp,
    tags: z.array(tag).max(maximumParams),
  }),
  batch: z.strictObject({
    metrics: z.array(metricSchema).max(maximumMetrics).optional(),
    params: z.array(param).max(maximumParams).optional(),
    tags: z.array(tag).max(maximumParams).optional(),
  }),
  inputs: z.strictObject({
    datasets: z.array(z.strictObject({ tags: z.array(inputTag).optional(), dataset })).min(1),
  }),
  update: z.strictObject({
    status: runStatus.optional(),
    end_time: timestamp.optional(),
    run_name: text.optional(),
  }),
} as const;

const storedDataset = z.object({
  name: text,
  digest: text,
  source_type: text,
  source: text,
  schema: text.optional(),
  profile: text.optional(),
});
export const run = z.object({
  info: z.object({
    run_id: text,
    run_name: text.optional(),
    experiment_id: text,
    status: runStatus,
    start_time: z.int(),
    end_time: z.int().optional(),
    artifact_uri: text,
    lifecycle_stage: lifecycleStage,
  }),
  data: z
    .object({
      metrics: z.array(storedMetric).default([]),
      params: z.array(stored).default([]),
      tags: z.array(stored).default([]),
    })
    .prefault({}),
  inputs: z
    .object({
      dataset_inputs: z
        .array(z.object({ tags: z.array(stored).default([]), dataset: storedDataset }))
        .default([]),
    })
    .prefault({}),
  outputs: z
    .object({
      model_outputs: z.array(z.object({ model_id: text, step: z.int().default(0) })).default([]),
    })
    .prefault({}),
});

const withinOneBatch = (batch: { metrics?: unknown[]; params?: unknown[]; tags?: unknown[] }) =>
  (batch.metrics?.length ?? 0) + (batch.params?.length ?? 0) + (batch.tags?.length ?? 0) <= 1000;
const which = { run_id: id };

// prettier-ignore
export const runs = {
  'runs/create':  { method: 'POST', request: bodies.run.extend({ experiment_id: id }), response: z.object({ run }), once: true },
  'runs/get':     { method: 'GET', request: z.strictObject(which), response: z.object({ run }) },
  'runs/update':  { method: 'POST', request: bodies.update.extend(which), response: nothing },
  'runs/delete':  { method: 'POST', request: z.strictObject(which), response: nothing },
  'runs/restore': { method: 'POST', request: z.strictObject(which), response: nothing },
  'runs/search': {
    method: 'POST',
    request: z.strictObject({ ...query, experiment_ids: z.array(id).min(1), run_view_type: viewType.optional() }),
    response: z.object({ runs: z.array(run).default([]), ...nextPage }),
  },
  'runs/log-batch': {
    method: 'POST',
    request: bodies.batch.extend(which).refine(withinOneBatch, 'one batch holds at most 1000 metrics, params and tags together'),
    response: nothing,
  },
  'runs/log-inputs': { method: 'POST', request: bodies.inputs.extend(which), response: nothing },
  'runs/outputs': {
    method: 'POST',
    request: z.strictObject({ ...which, models: z.array(z.strictObject({ model_id: id, step: z.int() })).min(1) }),
    response: nothing,
    done: present,
  },
  'runs/set-tag':    { method: 'POST', request: tag.extend(which), response: nothing },
  'runs/delete-tag': { method: 'POST', request: z.strictObject({ ...which, key }), response: nothing, done: gone },
  'metrics/get-history': {
    method: 'GET',
    request: z.strictObject({ ...page, ...which, metric_key: key }),
    response: z.object({ metrics: z.array(storedMetric).default([]), ...nextPage }),
  },
  'artifacts/list': {
    method: 'GET',
    request: z.strictObject({ ...which, path: text.optional(), page_token: text.optional() }),
    response: files,
  },
} as const satisfies Record<string, Endpoint>;
