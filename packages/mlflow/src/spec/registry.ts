import { z } from 'zod';
import { gone, id, key, nextPage, nothing, query, stored, text, type Endpoint } from './fields.js';

const name = text
  .min(1)
  .max(256)
  .regex(/^[^/:]+$/, "the name of a registered model has neither '/' nor ':'");
const version = text.regex(/^\d+$/, 'a version is a number, as text');
const alias = text
  .max(255)
  .regex(/^[\w-]+$/, 'an alias has letters, digits, _ and - only')
  .refine((given) => !/^(latest|v\d+)$/i.test(given), 'MLflow keeps "latest" and "v1", "v2", … for itself');
const description = text.max(5000);
const modelTag = z.strictObject({ key, value: text.max(5000) });
const versionTag = z.strictObject({ key, value: text.max(100_000) });

const modelVersion = z.object({
  name: text,
  version: text,
  creation_timestamp: z.int(),
  description: text.optional(),
  /** It says which logged model a version is of: SQL stores give no `model_id`. */
  source: text.optional(),
  run_id: text.optional(),
  status: z.enum(['PENDING_REGISTRATION', 'FAILED_REGISTRATION', 'READY']),
  tags: z.array(stored).default([]),
  aliases: z.array(text).default([]),
});
export type ModelVersion = z.output<typeof modelVersion>;

const registeredModel = z.object({
  name: text,
  creation_timestamp: z.int(),
  description: text.optional(),
  latest_versions: z.array(modelVersion).default([]),
  tags: z.array(stored).default([]),
  aliases: z.array(z.object({ alias: text, version: text })).default([]),
});
export type RegisteredModel = z.output<typeof registeredModel>;

const model = z.object({ registered_model: registeredModel });
const one = z.object({ model_version: modelVersion });

// prettier-ignore
export const registry = {
  'registered-models/create': { method: 'POST', request: z.strictObject({ name, description: description.optional(), tags: z.array(modelTag).optional() }), response: model },
  'registered-models/get':    { method: 'GET', request: z.strictObject({ name }), response: model },
  'registered-models/search': { method: 'GET', request: z.strictObject({ ...query, max_results: z.int().positive().max(1000).optional() }), response: z.object({ registered_models: z.array(registeredModel).default([]), ...nextPage }) },
  'registered-models/rename': { method: 'POST', request: z.strictObject({ name, new_name: name }), response: model },
  'registered-models/update': { method: 'PATCH', request: z.strictObject({ name, description }), response: model },
  'registered-models/delete': { method: 'DELETE', request: z.strictObject({ name }), response: nothing, done: gone },
  'registered-models/set-tag':    { method: 'POST', request: modelTag.extend({ name }), response: nothing },
  'registered-models/delete-tag': { method: 'DELETE', request: z.strictObject({ name, key }), response: nothing },
  'registered-models/set-alias':    { method: 'POST', path: 'registered-models/alias', request: z.strictObject({ name, alias, version }), response: nothing },
  'registered-models/get-by-alias': { method: 'GET', path: 'registered-models/alias', request: z.strictObject({ name, alias }), response: one },
  'registered-models/delete-alias': { method: 'DELETE', path: 'registered-models/alias', request: z.strictObject({ name, alias }), response: nothing },
  'model-versions/create': {
    method: 'POST',
    request: z.strictObject({
      name,
      /** `models:/<model_id>` with `model_id`, `runs:/<run_id>/<path>` with `run_id`, or an `artifact_uri` of either. */
      source: text.min(1).max(500),
      run_id: id.optional(),
      model_id: id.optional(),
      description: description.optional(),
      tags: z.array(versionTag).optional(),
    }),
    response: one,
    once: true,
  },
  'model-versions/get':    { method: 'GET', request: z.strictObject({ name, version }), response: one },
  'model-versions/search': { method: 'GET', request: z.strictObject({ ...query, max_results: z.int().positive().max(200_000).optional() }), response: z.object({ model_versions: z.array(modelVersion).default([]), ...nextPage }) },
  'model-versions/update': { method: 'PATCH', request: z.strictObject({ name, version, description }), response: one },
  'model-versions/delete': { method: 'DELETE', request: z.strictObject({ name, version }), response: nothing, done: gone },
  'model-versions/get-download-uri': { method: 'GET', request: z.strictObject({ name, version }), response: z.object({ artifact_uri: text }) },
  'model-versions/set-tag':    { method: 'POST', request: versionTag.extend({ name, version }), response: nothing },
  'model-versions/delete-tag': { method: 'DELETE', request: z.strictObject({ name, version, key }), response: nothing },
} as const satisfies Record<string, Endpoint>;
