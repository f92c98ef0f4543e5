import { z } from 'zod';
import {
  gone,
  id,
  key,
  lifecycleStage,
  nextPage,
  nothing,
  query,
  stored,
  tag,
  text,
  viewType,
  type Endpoint,
} from './fields.js';

/** The server takes longer tags here than elsewhere. */
const experimentTag = tag.extend({ value: text.max(20_000) });

export const experimentBody = z.strictObject({
  name: text.min(1).max(500),
  tags: z.array(experimentTag).optional(),
});

const experiment = z.object({
  experiment_id: text,
  name: text,
  artifact_location: text,
  lifecycle_stage: lifecycleStage,
  tags: z.array(stored).default([]),
});
const which = { experiment_id: id };

// prettier-ignore
export const experiments = {
  'experiments/create':      { method: 'POST', request: experimentBody.extend({ artifact_location: text.optional() }), response: z.object({ experiment_id: id }) },
  'experiments/get':         { method: 'GET', request: z.strictObject(which), response: z.object({ experiment }) },
  'experiments/get-by-name': { method: 'GET', request: z.strictObject({ experiment_name: text.min(1) }), response: z.object({ experiment }) },
  'experiments/search': {
    method: 'POST',
    request: z.strictObject({ ...query, max_results: z.int().positive(), view_type: viewType.optional() }),
    response: z.object({ experiments: z.array(experiment).default([]), ...nextPage }),
  },
  'experiments/update':  { method: 'POST', request: z.strictObject({ ...which, new_name: text.min(1).max(500) }), response: nothing },
  'experiments/delete':  { method: 'POST', request: z.strictObject(which), response: nothing, done: gone },
  'experiments/restore': { method: 'POST', request: z.strictObject(which), response: nothing, done: gone },
  'experiments/set-experiment-tag':    { method: 'POST', request: experimentTag.extend(which), response: nothing },
  'experiments/delete-experiment-tag': { method: 'POST', request: z.strictObject({ ...which, key }), response: nothing, done: gone },
} as const satisfies Record<string, Endpoint>;
