import { randomUUID } from 'node:crypto';
import type { Connection } from './connection.js';
import { MlflowError } from './errors.js';
import type { LoggedModel, ModelVersion, RegisteredModel, Request, Run } from './spec.js';

/** The tag by which what was created is found again when the answer was lost. */
export const idempotencyTag = 'paperlab.idempotency_key';

/**
 * Makes what MLflow would make anew with each request: before it sends one, and again before each further attempt,
 * it looks for what has the request's idempotency tag. Without such a tag it adds one, which lasts for this call.
 */
export class Creation {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async run(request: Request<'runs/create'>): Promise<Run> {
    const { tags, filter } = keyed('runs/create', request.tags);
    return this.#connection.persist(async () => {
      const { runs } = await this.#connection.once('runs/search', {
        experiment_ids: [request.experiment_id],
        filter,
        run_view_type: 'ALL',
        max_results: 1,
      });
      return runs[0] ?? (await this.#connection.once('runs/create', { ...request, tags })).run;
    });
  }

  async loggedModel(request: Request<'logged-models/create'>): Promise<LoggedModel> {
    const { tags, filter } = keyed('logged-models/create', request.tags);
    return this.#connection.persist(async () => {
      const { models } = await this.#connection.once('logged-models/search', {
        experiment_ids: [request.experiment_id],
        filter,
        max_results: 1,
      });
      return models[0] ?? (await this.#connection.once('logged-models/create', { ...request, tags })).model;
    });
  }

  async registeredModel(name: string): Promise<RegisteredModel> {
    const found = await this.#registered(name);
    if (found) return found;
    try {
      return (await this.#connection.call('registered-models/create', { name })).registered_model;
    } catch (error) {
      // Another client was faster, or an earlier attempt of ours arrived though its answer did not.
      const raced = error instanceof MlflowError && error.code === 'RESOURCE_ALREADY_EXISTS';
      const theirs = raced ? await this.#registered(name) : undefined;
      if (theirs) return theirs;
      throw error;
    }
  }

  async #registered(name: string): Promise<RegisteredModel | undefined> {
    return (await this.#connection.call('registered-models/get', { name }).catch(absent))?.registered_model;
  }

  async modelVersion(request: Request<'model-versions/create'>): Promise<ModelVersion> {
    const { tags, filter } = keyed('model-versions/create', request.tags);
    return this.#connection.persist(async () => {
      // Not by name: a filter cannot hold every name.
      const { model_versions } = await this.#connection.once('model-versions/search', { filter });
      const found = model_versions.find(({ name }) => name === request.name);
      if (found) return found;
      return (await this.#connection.once('model-versions/create', { ...request, tags })).model_version;
    });
  }
}

/** The tags with an idempotency key among them, and a search's filter for it. */
function keyed(name: string, tags: readonly { key: string; value: string }[] = []) {
  const given = tags.find((tag) => tag.key === idempotencyTag)?.value;
  const value = given ?? randomUUID();
  if (!/^[^'`]+$/.test(value)) {
    throw new Error(
      `MLflow ${name} was not sent: its tag ${idempotencyTag} is empty or holds a quotation mark`,
    );
  }
  return {
    tags: given === undefined ? [...tags, { key: idempotencyTag, value }] : [...tags],
    filter: `tags.\`${idempotencyTag}\` = '${value}'`,
  };
}

/** Nothing, where the server does not know what was asked for. */
export function absent(error: unknown): undefined {
  if (error instanceof MlflowError && error.code === 'RESOURCE_DOES_NOT_EXIST') return undefined;
  throw error;
}
