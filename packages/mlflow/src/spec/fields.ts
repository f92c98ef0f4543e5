import { z } from 'zod';

/** One row of the API. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Under `/api/2.0/mlflow/`, with fields of the request in braces. Default: the endpoint's name. */
  readonly path?: string;
  /** A GET's request is its query, any other's its body. */
  readonly request: z.ZodType;
  readonly response: z.ZodType;
  /** Each request makes a new one, so an attempt whose answer was lost must not be followed by another. */
  readonly once?: true;
  /** How the server refuses the same request a second time: after an answer that was lost, it means that it is done. */
  readonly done?: RegExp;
}

export const gone = /RESOURCE_DOES_NOT_EXIST/;
/** SQLite's, PostgreSQL's and MySQL's words. */
export const present = /UNIQUE constraint|duplicate/i;

/** The server cuts longer values short without saying so. */
export const maximumParamLength = 6000;
export const maximumTagLength = 8000;

/** A name of a metric, param or tag. MLflow may store it as a file, hence the rules about paths. */
export const key = z
  .string()
  .min(1)
  .max(250)
  .regex(/^[\p{L}\p{N}_\-. :/]+$/u, 'a name holds letters, digits, spaces and _ - . : / only')
  .refine(
    (name) => !name.startsWith('..') && name.split('/').every((part) => !['', '.', '..'].includes(part)),
    {
      message: 'a name must not read like an absolute or relative path',
    },
  );
export const timestamp = z.int().nonnegative();
export const text = z.string();
/** Of something that the server has. */
export const id = text.min(1);

export const param = z.strictObject({ key, value: text.max(maximumParamLength) });
export const tag = z.strictObject({ key, value: text.max(maximumTagLength) });

export const viewType = z.enum(['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL']);
export const lifecycleStage = z.enum(['active', 'deleted']);

/** What a search takes in addition to where it searches. */
export const page = { max_results: z.int().positive().optional(), page_token: text.optional() };
export const query = { ...page, filter: text.optional(), order_by: z.array(text).optional() };
export const nextPage = { next_page_token: text.optional() };

/** What the server has: params and tags alike. */
export const stored = z.object({ key: text, value: text.default('') });
export const storedMetric = z.object({
  key: text,
  value: z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]),
  timestamp: z.int(),
  step: z.int().default(0),
  model_id: text.optional(),
  dataset_name: text.optional(),
  dataset_digest: text.optional(),
});
const storedFile = z.object({ path: text, is_dir: z.boolean(), file_size: z.int().optional() });
export const files = z.object({ root_uri: text, files: z.array(storedFile).default([]), ...nextPage });
export const nothing = z.object({});
