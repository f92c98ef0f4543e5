import type { Readable } from 'node:stream';
import type { ServerAddress } from './address.js';
import { Artifacts, type Artifact, type ArtifactOwner } from './artifacts.js';
import { Connection } from './connection.js';
import { absent, Creation } from './creation.js';
import { MlflowError } from './errors.js';
import type {
  EndpointName,
  LoggedModel,
  ModelVersion,
  RegisteredModel,
  Request,
  Response,
  Run,
} from './spec.js';

/**
 * A client of MLflow's REST API. Requests are checked before they leave, answers when they come. Timeouts, dropped
 * connections and the statuses 408, 429, 500, 502, 503 and 504 are tried again, five attempts in all unless the
 * address says otherwise. Rejects with `MlflowError`.
 *
 * Sending a request again never stores anything twice: points, params and tags that are equal are one to the server,
 * and `createRun`, `createLoggedModel` and `createModelVersion` look before they create.
 */
export class MlflowClient {
  readonly uri: string;
  readonly #connection: Connection;
  readonly #artifacts: Artifacts;
  readonly #creation: Creation;

  /**
   * @param signal ends requests and the waits between attempts; they reject with its reason.
   * @throws when a certificate's file cannot be read
   */
  constructor(address: ServerAddress, options: { signal?: AbortSignal } = {}) {
    this.uri = address.uri;
    this.#connection = new Connection(address, options.signal);
    this.#artifacts = new Artifacts(this.#connection);
    this.#creation = new Creation(this.#connection);
  }

  /**
   * Sends one request, as `spec.ts` describes it: `call('runs/get', { run_id })`. What makes a new run, logged model
   * or model version each time is sent once, and not tried again.
   */
  async call<Name extends EndpointName>(name: Name, request: Request<Name>): Promise<Response<Name>> {
    return this.#connection.call(name, request);
  }

  /**
   * The id of an experiment, made if there is none of this name, brought back if it was deleted. Any number of
   * clients may ask at the same time.
   */
  async experiment(name: string): Promise<string> {
    const found = await this.#experimentByName(name);
    if (found) return found;
    try {
      return (await this.call('experiments/create', { name })).experiment_id;
    } catch (error) {
      // Another client was faster, or an earlier attempt of ours arrived though its answer did not.
      const raced = error instanceof MlflowError && error.code === 'RESOURCE_ALREADY_EXISTS';
      const theirs = raced ? await this.#experimentByName(name) : undefined;
      if (theirs) return theirs;
      throw error;
    }
  }

  async #experimentByName(name: string): Promise<string | undefined> {
    const answer = await this.call('experiments/get-by-name', { experiment_name: name }).catch(absent);
    if (!answer) return undefined;
    const { experiment_id, lifecycle_stage } = answer.experiment;
    if (lifecycle_stage === 'deleted') await this.call('experiments/restore', { experiment_id });
    return experiment_id;
  }

  /**
   * Creates a run, or finds the one that has the same `paperlab.idempotency_key` tag: MLflow itself makes a new run
   * for each request. Without such a tag it gets one, for the attempts of this call. The run that is found may be a
   * deleted one.
   */
  async createRun(request: Request<'runs/create'>): Promise<Run> {
    return this.#creation.run(request);
  }

  /** A run with its latest metric values, or `undefined` where the server does not know it. */
  async run(runId: string): Promise<Run | undefined> {
    return (await this.call('runs/get', { run_id: runId }).catch(absent))?.run;
  }

  /** Creates a logged model, or finds the one that has the same `paperlab.idempotency_key` tag, as `createRun` does. */
  async createLoggedModel(request: Request<'logged-models/create'>): Promise<LoggedModel> {
    return this.#creation.loggedModel(request);
  }

  /** A registered model, made if there is none of this name. Any number of clients may ask at the same time. */
  async registeredModel(name: string): Promise<RegisteredModel> {
    return this.#creation.registeredModel(name);
  }

  /** Creates a version of a registered model, or finds the one with the same tag, as `createRun` does. */
  async createModelVersion(request: Request<'model-versions/create'>): Promise<ModelVersion> {
    return this.#creation.modelVersion(request);
  }

  /** Lets an alias, such as `champion`, stand for a version, whichever it stood for before. */
  async setAlias({ name, version }: Pick<ModelVersion, 'name' | 'version'>, alias: string): Promise<void> {
    await this.call('registered-models/set-alias', { name, version, alias });
  }

  /**
   * Stores a file with a run or a logged model, in place of one of the same path. As all of what follows but
   * `listArtifacts`, it needs a server that serves artifacts itself, as it does by default.
   * @param open gives the content; called once per attempt, since a stream can be read once only
   */
  async putArtifact(
    owner: ArtifactOwner,
    path: string,
    open: () => Readable | Buffer | string,
  ): Promise<void> {
    await this.#artifacts.put(owner, path, open);
  }

  /** Stores a file on disk, or a folder with all that is in it. Files of any size are streamed through little memory. */
  async putFile(owner: ArtifactOwner, path: string, file: string): Promise<void> {
    await this.#artifacts.putFile(owner, path, file);
  }

  /** All files below `path`, or all, with their sizes in bytes. */
  async listArtifacts(owner: ArtifactOwner, path?: string): Promise<Artifact[]> {
    return this.#artifacts.list(owner, path);
  }

  /** The content of a file. If it breaks off, the stream ends in an error; `getFile` tries again. */
  async getArtifact(owner: ArtifactOwner, path: string): Promise<Readable> {
    return this.#artifacts.get(owner, path);
  }

  /** Fetches a file to disk, where it appears when all of it is there. */
  async getFile(owner: ArtifactOwner, path: string, file: string): Promise<void> {
    await this.#artifacts.getFile(owner, path, file);
  }

  /** Deletes a file, or a folder with all that is in it. It is no error if there is none. */
  async deleteArtifact(owner: ArtifactOwner, path: string): Promise<void> {
    await this.#artifacts.delete(owner, path);
  }
}
