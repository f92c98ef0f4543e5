import { z } from 'zod';
import {
  files,
  gone,
  id,
  nextPage,
  nothing,
  page,
  present,
  stored,
  storedMetric,
  text,
  type Endpoint,
} from './fields.js';

const pair = z.strictObject({ key: text.min(1).max(255), value: text });
const tags = z.array(pair);
const params = z.array(pair);

const loggedModel = z.object({
  info: z.object({
    model_id: text,
    experiment_id: text,
    name: text,
    model_type: text.optional(),
    source_run_id: text.optional(),
    artifact_uri: text,
    status: z.enum(['LOGGED_MODEL_PENDING', 'LOGGED_MODEL_READY', 'LOGGED_MODEL_UPLOAD_FAILED']),
    creation_timestamp_ms: z.int(),
    tags: z.array(stored).default([]),
  }),
  data: z
    .object({ params: z.array(stored).default([]), metrics: z.array(storedMetric).default([]) })
    .prefault({}),
});
export type LoggedModel = z.output<typeof loggedModel>;

const ofData = { dataset_name: text.min(1).optional(), dataset_digest: text.optional() };
const which = { model_id: id };
const path = 'logged-models/{model_id}';

// prettier-ignore
export const loggedModels = {
  'logged-models/create': {
    method: 'POST',
    path: 'logged-models',
    request: z.strictObject({
      experiment_id: id,
      name: text.min(1).max(500).regex(/^[^/:.%"']+$/, 'the name of a logged model has none of / : . % " and \''),
      model_type: text.optional(),
      source_run_id: id.optional(),
      params: params.optional(),
      tags: tags.optional(),
    }),
    response: z.object({ model: loggedModel }),
    once: true,
  },
  'logged-models/get':    { method: 'GET', path, request: z.strictObject(which), response: z.object({ model: loggedModel }) },
  'logged-models/finalize': {
    method: 'PATCH',
    path,
    request: z.strictObject({ ...which, status: z.enum(['LOGGED_MODEL_READY', 'LOGGED_MODEL_UPLOAD_FAILED']) }),
    response: z.object({ model: loggedModel }),
  },
  'logged-models/delete': { method: 'DELETE', path, request: z.strictObject(which), response: nothing },
  'logged-models/search': {
    method: 'POST',
    request: z.strictObject({
      ...page,
      experiment_ids: z.array(id).min(1),
      filter: text.optional(),
      datasets: z.array(z.strictObject(ofData)).optional(),
      order_by: z.array(z.strictObject({ field_name: text, ascending: z.boolean().optional(), ...ofData })).optional(),
    }),
    response: z.object({ models: z.array(loggedModel).default([]), ...nextPage }),
  },
  'logged-models/set-tags':   { method: 'PATCH', path: `${path}/tags`, request: z.strictObject({ ...which, tags }), response: nothing },
  'logged-models/delete-tag': { method: 'DELETE', path: `${path}/tags/{tag_key}`, request: z.strictObject({ ...which, tag_key: text.min(1) }), response: nothing, done: gone },
  'logged-models/log-params': { method: 'POST', path: `${path}/params`, request: z.strictObject({ ...which, params }), response: nothing, done: present },
  'logged-models/list-artifacts': {
    method: 'GET',
    path: `${path}/artifacts/directories`,
    request: z.strictObject({ ...which, artifact_directory_path: text.min(1).optional(), page_token: text.optional() }),
    response: files,
  },
} as const satisfies Record<string, Endpoint>;
