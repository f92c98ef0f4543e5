import type { z } from 'zod';
import { experiments } from './spec/experiments.js';
import { loggedModels } from './spec/logged-models.js';
import { registry } from './spec/registry.js';
import { runs, type metricSchema, type run } from './spec/runs.js';

export { maximumParamLength, maximumTagLength } from './spec/fields.js';
export type { LoggedModel } from './spec/logged-models.js';
export type { ModelVersion, RegisteredModel } from './spec/registry.js';
export { bodies, maximumMetrics, maximumParams, metricSchema } from './spec/runs.js';

/**
 * MLflow's REST API, one row per endpoint, as MLflow 3.17 serves it (https://mlflow.org/docs/latest/rest-api.html).
 *
 * What goes out is checked strictly, because the server does not: where a field has a wrong type, or is not known,
 * it answers 200 and drops that field and those after it. What comes in is checked for what we read; unknown
 * fields are dropped, and lists may be absent when they are empty.
 *
 * A name is the path under `/api/2.0/mlflow/`, or says what is done where several methods share a path.
 */
export const endpoints = { ...experiments, ...runs, ...loggedModels, ...registry } as const;

export type EndpointName = keyof typeof endpoints;
export type Request<Name extends EndpointName> = z.input<(typeof endpoints)[Name]['request']>;
export type Response<Name extends EndpointName> = z.output<(typeof endpoints)[Name]['response']>;

export type Metric = z.infer<typeof metricSchema>;
export type Run = z.infer<typeof run>;

/** A number as MLflow's JSON wants it. */
export function metricValue(value: number): Metric['value'] {
  return Number.isFinite(value) ? value : (String(value) as Metric['value']);
}
