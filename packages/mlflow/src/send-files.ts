import { readFile } from 'node:fs/promises';
import { artifactFile, describeFile, modelFile } from './artifacts.js';
import { idempotencyTag, type MlflowClient } from './client.js';
import { MlflowError } from './errors.js';
import { type KeptFile, type ModelRequest, type Position, readJournal } from './journal.js';
import type { LoggedModel, Run } from './spec.js';

/** Told before a file is sent: how large it is. */
export type BeginFile = (bytes: number) => void;

/**
 * Sends a file of a run. Any number of times: it takes its own place.
 * @param end of its line, behind which the journal may have a later file of the same path
 * @returns what is wrong with the file, if something is
 */
export async function sendArtifact(
  client: MlflowClient,
  run: Run,
  folder: string,
  kept: KeptFile & { readonly version: number },
  end: Position,
  begin: BeginFile,
): Promise<string | undefined> {
  const file = artifactFile(folder, kept);
  const problem = elsewhere(run) ?? (await problemOf(file, kept));
  if (problem) return (await isReplaced(folder, kept.path, end)) ? undefined : problem;
  begin(kept.bytes);
  await client.putFile(run, kept.path, file);
  return undefined;
}

/**
 * Makes a logged model of MLflow 3 with its files, links it to its run, and registers it, as far as the server does not
 * have it.
 * @returns what is wrong with its files, if something is
 */
export async function sendModel(
  client: MlflowClient,
  run: Run,
  folder: string,
  request: ModelRequest,
  id: { readonly known: string | undefined; readonly remember: (id: string) => Promise<void> },
  begin: BeginFile,
): Promise<string | undefined> {
  const unreachable = elsewhere(run);
  if (unreachable) return unreachable;
  for (const kept of request.files) {
    const problem = await problemOf(modelFile(folder, request.key, kept.path), kept);
    if (problem) return problem;
  }
  const model = await findOrCreate(client, run, request, id.known);
  const { model_id } = model.info;
  await id.remember(model_id);
  const { run_id } = run.info;
  if (model.info.status !== 'LOGGED_MODEL_READY') {
    for (const { path, bytes } of request.files) {
      begin(bytes);
      const file = modelFile(folder, request.key, path);
      if (path === 'MLmodel') await client.putArtifact(model, path, await withIds(file, model));
      else await client.putFile(model, path, file);
    }
    // A link that exists is an error to MLflow.
    const { outputs } = (await client.call('runs/get', { run_id })).run;
    if (!outputs.model_outputs.some((output) => output.model_id === model_id))
      await client.call('runs/outputs', { run_id, models: [{ model_id, step: request.step }] });
    await client.call('logged-models/finalize', { model_id, status: 'LOGGED_MODEL_READY' });
  }
  if (request.registered) await register(client, run_id, model_id, request.key, request.registered);
  return undefined;
}

/** MLflow makes a new model for each request, so it is looked for first. */
async function findOrCreate(
  client: MlflowClient,
  { info }: Run,
  { name, key, step }: ModelRequest,
  known: string | undefined,
): Promise<LoggedModel> {
  const { experiment_id, run_id } = info;
  if (known !== undefined) {
    const answer = await client.call('logged-models/get', { model_id: known }).catch(absent);
    if (answer) return answer.model;
  }
  const filter = `tags.\`${idempotencyTag}\` = '${key}'`;
  const search = { experiment_ids: [experiment_id], filter, max_results: 1 };
  const { models } = await client.call('logged-models/search', search);
  if (models[0]) return models[0];
  const { model } = await client.call('logged-models/create', {
    experiment_id,
    name,
    source_run_id: run_id,
    params: [{ key: 'step', value: String(step) }],
    tags: [{ key: idempotencyTag, value: key }],
  });
  return model;
}

/** Python says in `MLmodel` which run and model it is. */
async function withIds(file: string, { info }: LoggedModel): Promise<() => string> {
  const text = await readFile(file, 'utf8');
  return () => `${text}model_id: ${info.model_id}\nrun_id: ${info.source_run_id}\n`;
}

/** A version of a registered model per logged model; MLflow would make one per request. */
async function register(
  client: MlflowClient,
  run_id: string,
  model_id: string,
  key: string,
  { name, alias }: NonNullable<ModelRequest['registered']>,
): Promise<void> {
  await client.call('registered-models/create', { name }).catch((error: unknown) => {
    if (!(error instanceof MlflowError && error.code === 'RESOURCE_ALREADY_EXISTS')) throw error;
  });
  const filter = `name = '${name.replaceAll("'", "''")}' and run_id = '${run_id}'`;
  const { model_versions } = await client.call('model-versions/search', { filter });
  const tag = { key: idempotencyTag, value: key };
  const found = model_versions.find(({ tags }) =>
    tags.some(({ key, value }) => key === tag.key && value === tag.value),
  );
  const request = { name, source: `models:/${model_id}`, run_id, model_id, tags: [tag] };
  const { version } = found ?? (await client.call('model-versions/create', request)).model_version;
  if (alias === undefined) return;
  const { registered_model } = await client.call('registered-models/get', { name });
  const holder = registered_model.aliases.find((held) => held.alias === alias);
  // Sent again later, an old model must not take it from a newer one.
  if (holder && Number(holder.version) >= Number(version)) return;
  await client.call('registered-models/set-alias', { name, alias, version });
}

/** Files go to a server that serves them itself. */
function elsewhere({ info }: Run): string | undefined {
  if (info.artifact_uri.startsWith('mlflow-artifacts:/')) return undefined;
  return `MLflow keeps artifacts at ${info.artifact_uri}, which needs a client of that store: start the server with --serve-artifacts`;
}

/** Why a file is not what the journal says. */
async function problemOf(file: string, kept: KeptFile): Promise<string | undefined> {
  try {
    const { bytes, sha256 } = await describeFile(file);
    return bytes === kept.bytes && sha256 === kept.sha256 ? undefined : `${file} is damaged`;
  } catch (error) {
    const { code = (error as Error).message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? `${file} is gone` : `${file} cannot be read (${code})`;
  }
}

/** Whether a later line has a file of the same path. */
async function isReplaced(folder: string, path: string, from: Position): Promise<boolean> {
  for await (const { request } of readJournal(folder, from))
    if (request?.endpoint === 'artifacts/put' && request.body.path === path) return true;
  return false;
}

function absent(error: unknown): undefined {
  if (error instanceof MlflowError && error.code === 'RESOURCE_DOES_NOT_EXIST') return undefined;
  throw error;
}
